/** The sandbox's Math against results of Go's own library on amd64, to the last bit. Rows: name, x, y, result as hexadecimal doubles. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createFormatter } from "../../src/formatters/createFormatter";

const view = new DataView(new ArrayBuffer(8));

function toNumber(hex = ""): number {
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

/** Asks the sandbox for results as hexadecimal doubles, so that nothing is lost on the way. */
const source = `function encodeDownlink(input) {
  var view = new DataView(new ArrayBuffer(8));
  return {errors: input.data.rows.map(function (row) {
    var x = Number(row[1]), y = Number(row[2]);
    view.setFloat64(0, Math[row[0]](x, y));
    return view.getUint32(0) * 4294967296 + ":" + view.getUint32(4);
  })};
}`;

describe("The sandbox's Math", function () {
  this.timeout(30_000);

  it("gives what Go gives", async () => {
    const text = await readFile("test/fixtures/formatters/go-math.txt", "utf8");
    const rows = text
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    assert.ok(rows.length > 1000);
    const formatter = createFormatter(source);
    for (let from = 0; from < rows.length; from += 100) {
      const part = rows.slice(from, from + 100);
      const data = {
        rows: part.map(([name = "", x, y]) => [name, String(toNumber(x)), String(toNumber(y))]),
      };
      const { error } = await formatter.encodeDownlink({ data, fPort: 1 });
      const expected = part.map(([, , , hex]) => {
        const value = toNumber(hex);
        if (value !== value) return "2146959360:0";
        view.setFloat64(0, value);
        return `${view.getUint32(0) * 4294967296}:${view.getUint32(4)}`;
      });
      const answers = error?.message.split(", ") ?? [];
      part.forEach((row, index) => {
        if (expected[index] !== "2146959360:0")
          assert.equal(answers[index], expected[index], row.join(" "));
      });
    }
    formatter.dispose();
  });

  it("keeps powers of integers exact as long as they fit 64 bits", async () => {
    const formatter = createFormatter(
      "function decodeUplink() { return {data: {a: Math.pow(3, 39), b: Math.pow(-7, 22), c: Math.pow(10, -2), d: Math.pow(2, 1023)}} }",
    );
    const { result } = await formatter.decodeUplink({ bytes: [], fPort: 1 });
    assert.deepEqual(result?.decoded_payload, {
      a: Number(3n ** 39n),
      b: Number(7n ** 22n),
      c: 0.01,
      d: Number(2n ** 1023n),
    });
    formatter.dispose();
  });
});
