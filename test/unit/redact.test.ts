import assert from "node:assert/strict";
import fc from "fast-check";
import { redact, redactKeys } from "../../src/stack/redact";
import { canaryKey } from "../support/fixtures";
import { cpuTime, isQuick } from "../support/cpuTime";

const base32 = fc.constantFrom(...Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"));
const part = (length: number) => fc.string({ unit: base32, minLength: length, maxLength: length });
const anyKey = fc
  .tuple(part(39), part(52))
  .map(([id, secret]) => ({ key: `NNSXS.${id}.${secret}`, secret }))
  // A run of hex digits alone cannot be told from a payload; 16 of them in a random key are not to be expected.
  .filter(({ key }) => !/[A-F2-7]{16}/.test(key));
const text = fc.string({ unit: "binary", maxLength: 40 });

/** No 16 characters in a row of the secret are left, in either case. */
function assertNoPiece(shown: string, secret: string): void {
  const lower = shown.toLowerCase();
  for (let at = 0; at + 16 <= secret.length; at++) {
    assert.ok(!lower.includes(secret.slice(at, at + 16).toLowerCase()), `at ${at} in ${shown}`);
  }
}

describe("redact", () => {
  it("X02 leaves no piece of a key when it stands anywhere in a text", () => {
    fc.assert(
      fc.property(text, anyKey, text, (before, { key, secret }, after) => {
        for (const redactor of [redact, redactKeys]) {
          assertNoPiece(redactor(before + key + after), secret);
          assertNoPiece(redactor(`x${key}x`), secret);
          assertNoPiece(redactor(before + key.toLowerCase() + after), secret);
          assertNoPiece(
            redactor(JSON.stringify({ password: before + key, nested: JSON.stringify({ key }) })),
            secret,
          );
          assertNoPiece(
            redactor(`mqtts://app1%40tenant1:${key}@host:8883/?k=${encodeURIComponent(key)}`),
            secret,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it("X02 leaves no piece of a key when it was cut anywhere", () => {
    fc.assert(
      fc.property(anyKey, fc.nat({ max: 98 }), ({ key, secret }, at) => {
        for (const half of [key.slice(0, at), key.slice(at)])
          assertNoPiece(redact(`log: ${half}`), secret);
      }),
      { numRuns: 1_000 },
    );
  });

  it("X02 leaves nothing of a key when it is encoded in base64 or hex", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 }), anyKey, (before, { key, secret }) => {
        const bytes = Buffer.concat([before, Buffer.from(key)]);
        const base64 = redact(`-> ${bytes.toString("base64")}`);
        const url = redact(`-> ${bytes.toString("base64url")}`);
        for (const shown of [base64, url]) {
          const decoded = Buffer.from(
            shown.replace(/^-> /, "").replaceAll("•", ""),
            "base64",
          ).toString();
          assertNoPiece(decoded, secret);
        }
        const hex = redact(bytes.toString("hex"));
        const spaced = redact(
          bytes
            .toString("hex")
            .replace(/..(?!$)/g, "$& ")
            .toUpperCase(),
        );
        for (const shown of [hex, spaced]) {
          const digits = shown.replace(/[^0-9a-f]/gi, "");
          assertNoPiece(Buffer.from(digits, "hex").toString(), secret);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("keeps the type and the beginning of the public part, by which people tell keys apart", () => {
    assert.equal(redact(`key ${canaryKey} refused`), "key NNSXS.CANA….••• refused");
  });

  it("covers every type of token", () => {
    for (const type of ["NNSXS", "MFRWG", "ONZW4", "OJSWM", "MF2XI"]) {
      assert.equal(redact(`${type}.ABCDEF.GHIJKL`), `${type}.ABCD….•••`);
    }
  });

  it("leaves other texts as they are", () => {
    const plain = [
      "eu1.cloud.thethings.network:8883 failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)",
      "DevEUI 70B3D57ED0051234 A84041FFFF21F0C4",
      "036700E104685A BEEF DEADBEEFDEADBEEFDEADBEEF",
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "as:downlink:01KJ4VQ790HD9P77RN5J7WDVSG",
      "NNSXS",
      "the API key is refused",
      "",
    ];
    for (const each of plain) assert.equal(redact(each), each);
  });

  it("takes little time when a text is long", () => {
    const before = cpuTime();
    for (const piece of ["A", "G2", "NNSXS.", "4e", "Tk5TWFMu", "NNSXS.AAAA."])
      redact(piece.repeat(100_000));
    assert.ok(isQuick(before, 1_000));
  });
});
