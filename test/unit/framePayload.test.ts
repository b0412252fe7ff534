import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseBase64,
  parseHex,
  parseText,
  toBase64,
  toHex,
  toSpacedHex,
  toText,
  type ParsedPayload,
} from "../../src/stack/framePayload";

const anyBytes = fc.uint8Array({ maxLength: 300 });

function bytesOf(parsed: ParsedPayload): Uint8Array {
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.bytes;
}

describe("framePayload: round trips", () => {
  it("gives the same bytes when hex is written and read", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const plain = new Uint8Array(bytes);
        assert.deepEqual(bytesOf(parseHex(toHex(bytes))), plain);
        assert.deepEqual(bytesOf(parseHex(toSpacedHex(bytes))), plain);
        assert.deepEqual(bytesOf(parseHex(toHex(bytes).toLowerCase())), plain);
      }),
    );
  });

  it("gives the same bytes when base64 is written and read in each alphabet", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const plain = new Uint8Array(bytes);
        const text = toBase64(bytes);
        assert.deepEqual(bytesOf(parseBase64(text)), plain);
        assert.deepEqual(bytesOf(parseBase64(text.replace(/=/g, ""))), plain);
        assert.deepEqual(bytesOf(parseBase64(text.replace(/\+/g, "-").replace(/\//g, "_"))), plain);
        assert.deepEqual(bytesOf(parseBase64(text.replace(/(.{4})/g, "$1\n"))), plain);
      }),
    );
  });

  it("gives the same bytes when they are text, a byte order mark included", () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, fc.string({ unit: "binary" }).map(utf8)), (bytes) => {
        const text = toText(bytes);
        if (text !== undefined) assert.deepEqual(bytesOf(parseText(text)), new Uint8Array(bytes));
      }),
    );
    assert.equal(toText(Uint8Array.from([0xef, 0xbb, 0xbf, 0x41])), "\ufeffA");
  });

  it("never shortens: any text is read whole or refused", () => {
    const nearHex = fc.string({
      unit: fc.constantFrom(...Array.from("0123456789abcdefABCDEF xX:,-g\\")),
    });
    fc.assert(
      fc.property(nearHex, (text) => {
        const parsed = parseHex(text);
        const digits = text.replace(/0x|\\x/gi, "").replace(/[\s:,;_-]/g, "");
        if ("bytes" in parsed) assert.equal(parsed.bytes.length * 2, digits.length, text);
        else assert.match(parsed.problem, /character \d+/);
      }),
      { numRuns: 2_000 },
    );
    const nearBase64 = fc.string({ unit: fc.constantFrom(...Array.from("ABZaz09+/-_= \n!")) });
    fc.assert(
      fc.property(nearBase64, (text) => {
        const parsed = parseBase64(text);
        const digits = text.replace(/[\s=]/g, "").length;
        if ("bytes" in parsed)
          assert.equal(parsed.bytes.length, Math.floor((digits * 3) / 4), text);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("framePayload: base64 that is none", () => {
  const bad: readonly (readonly [text: string, problem: RegExp])[] = [
    ["v!8=", /character 2\./],
    ["vu 8!", /character 5\./],
    ["=vu8", /character 1\./],
    ["vu=8", /character 3\./],
    ["A", /cut off/],
    ["AAAAA", /cut off/],
    ["AAA==", /cut off/],
    ["AA=", /cut off/],
    ["=", /cut off/],
    ["====", /character 1\./],
    ["\uff22\uff22\uff22\uff22", /character 1\./],
  ];
  for (const [text, problem] of bad) {
    it(`refuses ${JSON.stringify(text)} with its place`, () => {
      const parsed = parseBase64(text);
      assert.match("problem" in parsed ? parsed.problem : "accepted", problem);
    });
  }
});

describe("framePayload: as people read it", () => {
  it("writes bytes in the usual forms", () => {
    const bytes = Uint8Array.from([0xbe, 0xef, 0x0a]);
    assert.equal(toHex(bytes), "BEEF0A");
    assert.equal(toSpacedHex(bytes), "BE EF 0A");
    assert.equal(toBase64(bytes), "vu8K");
    assert.equal(toText(bytes), undefined);
    assert.equal(toHex(bytes.subarray(1, 2)), "EF");
  });
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
