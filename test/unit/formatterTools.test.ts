/** The pieces around formatters with the real sandbox: whole lint, tests, byte map, the kept formatter, the debugger's target. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { mapBytes } from "../../src/formatters/bytes/byteMap";
import { createFormatter } from "../../src/formatters/createFormatter";
import { debugTarget } from "../../src/formatters/workbench/debugTarget";
import type { Formatter, FormatterOptions } from "../../src/formatters/formatter";
import { FrameRunner } from "../../src/formatters/workbench/frameRunner";
import { lintFormatter, maximumFindings } from "../../src/formatters/lint/lint";
import { runTestCase } from "../../src/formatters/testCases/testCaseRun";
import { parseTestFile } from "../../src/formatters/testCases/testCases";
import type { BoundFile } from "../../src/formatters/workbench/workbench";
import { ManualClock } from "../support/manualClock";

const soil = `function decodeUplink(input) {
  if (input.bytes.length !== 4) return { errors: ["not four bytes"] };
  return { data: { temperature: ((input.bytes[2] << 8) | input.bytes[3]) / 10, port: input.fPort } };
}
function encodeDownlink(input) { return { bytes: [input.data.on ? 1 : 0], fPort: 9 }; }
`;
const bound: BoundFile = {
  ...{ file: "soil.js", application: "soil-lab@ttn", devices: "*", fPorts: undefined },
  ...{ profile: "2025" as const, source: "file:///soil.js" },
};

describe("All rules together", () => {
  const rules = (source: string, profile: "3.32" | "2025" = "2025") =>
    lintFormatter(source, profile).map(({ rule }) => rule);

  it("find nothing in a formatter that is as it should be", () => {
    assert.deepEqual(rules(soil), []);
  });

  it("know the syntax of the server's version", () => {
    const source = `${soil}var big = 10n; big ??= 1;`;
    assert.deepEqual(rules(source, "3.32"), ["new-syntax", "new-syntax"]);
    assert.deepEqual(rules(source, "2025"), []);
  });

  it("miss no entry, and a main of one's own", () => {
    assert.deepEqual(rules("function helper() {}"), ["no-entry"]);
    assert.deepEqual(rules(""), ["no-entry"]);
    assert.deepEqual(rules("var decodeUplink = make();"), []);
    assert.deepEqual(rules(`${soil}function main() {}`), ["overridden-main"]);
    assert.deepEqual(rules(`${soil}function other() { function main() {} }`), []);
  });

  it("come in the order of the text, so many and no more", () => {
    const found = lintFormatter(`export { a };\n${"import 'x';\n".repeat(500)}`, "2025");
    assert.equal(found.length, maximumFindings);
    const starts = found.map(({ start }) => start);
    assert.deepEqual(
      starts,
      [...starts].sort((a, b) => a - b),
    );
    assert.deepEqual(
      lintFormatter("x".repeat(300_000), "2025").map(({ rule }) => rule),
      ["size"],
    );
  });
});

describe("With the real sandbox", () => {
  let formatter: Formatter;

  before(() => {
    formatter = createFormatter(soil, { profile: "2025" });
  });

  after(() => formatter.dispose());

  it("tests pass and fail as they should", async () => {
    const { cases } = parseTestFile(
      `
tests:
  - { type: uplink, input: { bytes: "036700E1", fPort: 2 }, output: { data: { temperature: 22.5, port: 2 } } }
  - { type: uplink, input: { bytes: "036700E1", fPort: 2 }, output: { data: { temperature: 22, port: 2 } } }
  - { type: uplink, input: { bytes: "03", fPort: 2 }, output: { errors: [not four bytes] } }
  - { type: uplink, input: { bytes: "03", fPort: 2 }, output: { data: {} } }
  - { type: encodeDownlink, input: { data: { on: true } }, output: { bytes: [1], fPort: 9 } }
  - { type: decodeDownlink, input: { bytes: [1], fPort: 9 }, output: { data: {} } }
`,
      "yaml",
    );
    const failures: (string | undefined)[] = [];
    for (const test of cases) failures.push((await runTestCase(formatter, test)).failure?.message);
    assert.deepEqual(failures.slice(0, 5), [
      undefined,
      "data.temperature is 22.5, not 22.",
      undefined,
      "It failed: not four bytes",
      undefined,
    ]);
    assert.match(failures[5] ?? "", /^It failed: /);
  });

  it("the byte map of a frame tells its bytes", async () => {
    const map = await mapBytes(
      Uint8Array.of(3, 0x67, 0, 0xe1),
      (frames) => formatter.decodeUplinks(frames.map((bytes) => ({ bytes, fPort: 2 }))),
      { isCancelled: () => false, onProgress: () => undefined },
    );
    assert.ok(typeof map === "object" && "bytes" in map);
    assert.deepEqual(
      map.bytes.map(({ fields }) => fields),
      [[], [], ["temperature"], ["temperature"]],
    );
  });

  it("a formatter is kept for the next frame, made anew for another text, and let go when nobody asks", async () => {
    const clock = new ManualClock();
    let text: string | undefined = soil;
    const made: FormatterOptions[] = [];
    const disposed: number[] = [];
    const runner = new FrameRunner({
      clock,
      textOf: () => text,
      createFormatter: (source, options) => {
        const inner = createFormatter(source, options);
        const number = made.push(options);
        const dispose = () => {
          disposed.push(number);
          inner.dispose();
        };
        const decodeUplinks: Formatter["decodeUplinks"] = (inputs) => inner.decodeUplinks(inputs);
        return Promise.resolve({ ...inner, decodeUplinks, dispose });
      },
    });
    const decode = async () =>
      (await runner.decode(bound, [{ bytes: [3, 0x67, 0, 1], fPort: 7 }]))?.[0]?.result
        ?.decoded_payload;
    assert.deepEqual(
      await Promise.all([decode(), decode()]),
      Array(2).fill({ temperature: 0.1, port: 7 }),
    );
    assert.deepEqual([made.length, disposed], [1, []]);
    text = soil.replace("/ 10", "/ 100");
    assert.deepEqual(await decode(), { temperature: 0.01, port: 7 });
    assert.deepEqual([made.length, disposed], [2, [1]]);
    clock.advance(31_000);
    assert.deepEqual(disposed, [1, 2]);
    assert.deepEqual(await decode(), { temperature: 0.01, port: 7 });
    text = undefined;
    assert.equal(await decode(), undefined);
    runner.dispose();
    assert.deepEqual(disposed, [1, 2, 3]);
    text = soil;
    assert.equal(await decode(), undefined);
  });
});

describe("What the debugger is told to run", () => {
  it("is the function with its input, and stops at its first statement", () => {
    const target = debugTarget(
      `\n${soil}`,
      "decodeUplink",
      { fPort: 2, bytes: [1], recvTime: 0 },
      "2025",
    );
    assert.deepEqual(target, {
      entry: "decodeUplink",
      argumentsJson: '[{"bytes":[1],"fPort":2,"recvTime":"1970-01-01T00:00:00.000Z"}]',
      line: 2,
    });
    const old = debugTarget(soil, "decodeUplink", { fPort: 2, bytes: [1] }, "3.32");
    assert.equal(old?.argumentsJson, '[{"bytes":[1],"fPort":2}]');
    assert.equal(debugTarget(soil, "decodeDownlink", { fPort: 2 }, "2025"), undefined);
  });

  it("is the older function where there is no newer one", () => {
    const older =
      "function Decoder(bytes, port) { return {}; }\nvar Encoder = function (data, port) {\n return []; }";
    const decoder = debugTarget(older, "decodeUplink", { fPort: 2, bytes: [1] }, "2025");
    assert.deepEqual(decoder, { entry: "Decoder", argumentsJson: "[[1],2]", line: 0 });
    const encoder = debugTarget(older, "encodeDownlink", { fPort: 2, data: { a: 1 } }, "2025");
    assert.deepEqual(encoder, { entry: "Encoder", argumentsJson: '[{"a":1},2]', line: 2 });
  });

  it("runs in Node as a script without modules, with a real time", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "debug-"));
    try {
      const file = path.join(folder, "time.js");
      const source =
        "const decodeUplink = (input) => ({ data: [input.recvTime.getTime(), typeof require, typeof module] });";
      await writeFile(file, source);
      const target = debugTarget(
        source,
        "decodeUplink",
        { fPort: 1, bytes: [], recvTime: 5 },
        "2025",
      );
      assert.ok(target);
      const program = await readFile(path.resolve("media", "formatterDebug.cjs"), "utf8");
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...["--eval", program, file, target.entry, target.argumentsJson],
      ]);
      const result = JSON.parse(stdout.replace("decodeUplink returned ", "")) as unknown;
      assert.deepEqual(result, { data: [5, "undefined", "undefined"] });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
