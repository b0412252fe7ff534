import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonErrorPlace } from "../../src/stack/jsonErrorPlace";
import { cpuTime, isQuick } from "../support/cpuTime";

describe("jsonErrorPlace", () => {
  const texts: readonly (readonly [text: string, place: number])[] = [
    ["x", 0],
    ["  x", 2],
    ['{"a":1,}', 7],
    ["[1,]", 3],
    ["[1 2]", 3],
    ["[1}", 2],
    ['{"a" 1}', 5],
    ['{"a":tru}', 5],
    ["{a:1}", 1],
    ["{'a':1}", 1],
    ["01", 0],
    ["1 2", 2],
    ["{}x", 2],
    ['{"a":"b\nc"}', 5],
    ['{"a":"\\x"}', 5],
    ["]", 0],
  ];
  for (const [text, place] of texts) {
    it(`points at character ${place + 1} of ${JSON.stringify(text)}`, () => {
      assert.equal(jsonErrorPlace(text), place);
    });
  }

  for (const text of [
    "",
    "  ",
    "{",
    "[",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    "[1,",
    '["abc',
    '["ab\\',
    "[[[]",
  ]) {
    it(`points at the end of ${JSON.stringify(text)}, which was cut off`, () => {
      assert.equal(jsonErrorPlace(text), text.length);
    });
  }

  it("finds no error before the end when a valid text was cut", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (json, seed) => {
        assert.equal(jsonErrorPlace(json), json.length);
        const cut = json.slice(0, seed % (json.length + 1));
        const place = jsonErrorPlace(cut);
        // A word, number or escape that was cut in the middle is pointed at from its beginning.
        assert.match(cut.slice(place), /^(?:[-+.\w]*|".*)$/s);
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes little time when the text is long", () => {
    const before = cpuTime();
    for (const piece of ['"', "a", "\\", '{"a":', "[", "1", " ", '"a",', "\\u00"]) {
      jsonErrorPlace(`[${piece.repeat(50_000)}`);
      jsonErrorPlace(`["${piece.repeat(50_000)}\n`);
    }
    assert.ok(isQuick(before, 1_000));
  });
});
