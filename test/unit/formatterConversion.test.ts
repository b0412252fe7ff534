/** Any JSON that a formatter returns comes out as the server's table says. Source: formatters research §1.3. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createFormatter } from "../../src/formatters/createFormatter";

/** As the server stores it. */
function stored(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return Array.from(value, stored);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, stored(each)]));
}

describe("Results of formatters", function () {
  this.timeout(60_000);
  // The value is made by the script, so that undefined and holes are possible.
  const text = (value: unknown): string => {
    if (value === undefined) return "undefined";
    if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const fields = Object.entries(value).map(
      ([key, each]) => `[${JSON.stringify(key)}]: ${text(each)}`,
    );
    return `{${fields.join(",")}}`;
  };
  const leaf = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.string({ unit: "binary" }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
  );
  const values = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("any")),
      fc.dictionary(fc.string(), tie("any")),
    ),
  })).any;

  it("are the value with null for undefined", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), values), async (data) => {
        const formatter = createFormatter(
          `function decodeUplink() { return {data: ${text(data)}} }`,
        );
        const { result, error } = await formatter.decodeUplink({ bytes: [], fPort: 1 });
        formatter.dispose();
        assert.deepEqual(error ?? result.decoded_payload, stored(data));
      }),
      { numRuns: 200 },
    );
  });
});
