/** The built-in CayenneLPP formatter against vectors recorded from the server. Source: formatters research §2. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { cayenneLosses, isCayenneUplink } from "../../src/formatters/server/cayenneFields";
import { createFormatter } from "../../src/formatters/createFormatter";
import type { FormatterError, JsonObject } from "../../src/formatters/formatter";

interface Vector {
  readonly id: string;
  readonly bytes: readonly number[];
  readonly input?: JsonObject;
  readonly fPort?: number;
  readonly decoded_payload?: JsonObject;
  readonly f_port?: number;
  readonly frm_payload?: readonly number[];
  readonly error?: readonly { readonly name: string; readonly message: string }[];
}

function linksOf(error: FormatterError | undefined): { name: string; message: string }[] {
  return error === undefined
    ? []
    : [{ name: error.name, message: error.message }, ...linksOf(error.cause)];
}

describe("CayenneLPP", () => {
  it("answers every recorded vector like the server", async () => {
    const text = await readFile("test/fixtures/formatters/cayennelpp-vectors.json", "utf8");
    const vectors = JSON.parse(text) as Vector[];
    assert.ok(vectors.length >= 50);
    const formatter = createFormatter("", { kind: "cayennelpp" });
    for (const { id, bytes, input, fPort = 1, error, ...expected } of vectors) {
      const answer =
        input !== undefined
          ? await formatter.encodeDownlink({ data: input, fPort })
          : id.startsWith("down:")
            ? await formatter.decodeDownlink({ bytes, fPort })
            : await formatter.decodeUplink({ bytes, fPort });
      if (error === undefined) assert.deepEqual(answer.result, expected, id);
      else assert.deepEqual(linksOf(answer.error), error, id);
    }
  });

  it("names fields that the server drops, and values that come out otherwise (real-traffic 16)", () => {
    assert.deepEqual(cayenneLosses({ value_1: 21.5, value_0: -327.68 }), []);
    const told = (data: JsonObject) => cayenneLosses(data).join(" ");
    assert.match(
      told({ digital_out_1: 1 }),
      /digital_out_1 is dropped\. Nothing is left: .* empty/,
    );
    assert.match(told({ digital_out_1: true }), /Write "value_1": 1\.$/);
    assert.match(told({ value_1: "4" }), /value_1 is dropped.*Write "value_1": 4\./);
    assert.match(told({ value_256: 1, value_1: 1 }), /value_256 is dropped\.$/);
    assert.match(told({ value_1: null }), /value_1 is dropped\. Nothing is left/);
    assert.match(told({ value_1: 400 }), /400 does not fit.* gets -255\.36\.$/);
    assert.match(told({ value_1: 0.29 }), /gets 0\.28, not 0\.29\.$/);
    assert.match(told({ value_255: 1 }), /channel 255 ends the payload/);
    assert.match(told({}), /"value_1": 21\.5/);
    const many = Object.fromEntries(
      Array.from({ length: 99 }, (_, index) => [`f\u202e${index}`, 1]),
    );
    assert.match(told(many), /f\\u\{202e\}4 and 94 more are dropped/);
  });

  it("knows an uplink that the server decoded as CayenneLPP", () => {
    const bytes = Uint8Array.of(3, 103, 1, 16);
    assert.equal(isCayenneUplink(bytes, { temperature_3: 27.2 }), true);
    assert.equal(isCayenneUplink(bytes, { temperature_3: 27.1 }), false);
    assert.equal(isCayenneUplink(bytes, { temp: 27.2 }), false);
    assert.equal(isCayenneUplink(bytes, undefined), false);
    assert.equal(isCayenneUplink(new Uint8Array(), {}), false);
  });
});
