import assert from "node:assert/strict";
import type { Outcome } from "../../src/formatters/workbench/outcome";
import type { JsonObject, JsonValue } from "../../src/stack/messages";
import { driftText } from "../../src/views/log/localLine";

/** The text where the formatter here makes one field so, and the server another. */
function textOf(here: JsonValue, server: JsonValue): string {
  const decoded_payload: JsonObject = { v: here };
  const answer = { result: { decoded_payload } };
  const outcome = { answer, varying: [] as readonly string[] } as unknown as Outcome;
  return driftText(outcome, { v: server });
}

describe("driftText", () => {
  it("C1 shows readings with the digits that were sent", () => {
    assert.equal(textOf(1234567.891, 1234567.892), "local v=1234567.891  server v=1234567.892");
    assert.equal(textOf(22.400000000000002, 22.5), "local v=22.4  server v=22.5");
  });

  const long = "x".repeat(60);
  const pairs: readonly (readonly [JsonValue, JsonValue])[] = [
    [22.4, "22.4"],
    [true, "true"],
    [null, "null"],
    [1e15 + 0.25, "1000000000000000.2"],
    [`${long}a`, `${long}b`],
    [long, `${long}x`],
    [{ a: 1 }, [1]],
    [[], {}],
    ["a\u202e", "a\\u{202e}"],
    [21.3, 21.299999237060547],
  ];
  for (const [here, server] of pairs) {
    it(`C1 never shows two equal texts: ${JSON.stringify([here, server]).slice(0, 60)}`, () => {
      const match = /^local v=(.*) {2}server v=(.*)$/.exec(textOf(here, server));
      assert.ok(match);
      assert.notEqual(match[1], match[2]);
      assert.ok((match[1] ?? "").length < 90);
    });
  }
});
