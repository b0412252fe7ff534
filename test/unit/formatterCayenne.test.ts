/** The built-in CayenneLPP formatter against vectors recorded from the server. Source: formatters research §2. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
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
});
