import assert from "node:assert/strict";
import { isReadableOnTheWay } from "../../src/stack/applicationSettings";
import { consentName, PlaintextConsents } from "../../src/storage/plaintextConsents";
import { soilLab } from "../support/fixtures";
import { MemoryFile } from "../support/memoryFile";

/** VS Code's memory of a window, holding whatever a test puts in. */
function consentsIn(kept: unknown) {
  const state = new Map<string, unknown>([["plaintextConsents.v1", kept]]);
  return new PlaintextConsents(new MemoryFile(), {
    get: (name: string) => state.get(name),
    update: (name: string, value: unknown) => {
      state.set(name, value);
      return Promise.resolve();
    },
  });
}

const lan = { host: "lns.example.com", port: 1883 };

describe("PlaintextConsents", () => {
  it("R14 remembers a consent for one host and port, until it is taken back", async () => {
    const consents = consentsIn(undefined);
    assert.equal(consents.has(lan), false);
    await consents.grant(lan);
    await consents.grant(lan);
    assert.equal(consents.has(lan), true);
    assert.equal(consents.has({ ...lan, port: 1884 }), false);
    assert.equal(consents.has({ ...lan, host: "other.example.com" }), false);
    assert.deepEqual(consents.all(), [consentName(lan)]);
    await consents.revoke(consentName(lan));
    assert.equal(consents.has(lan), false);
  });

  for (const kept of [
    null,
    7,
    "lns.example.com:1883",
    {},
    [7, null, {}],
    { "lns.example.com:1883": true },
  ]) {
    it(`S16 has no consent when the window's memory is ${JSON.stringify(kept)}`, async () => {
      const consents = consentsIn(kept);
      assert.equal(consents.has(lan), false);
      await consents.grant(lan);
      assert.equal(consents.has(lan), true);
    });
  }

  it("keeps the consents of an earlier version, until they are taken back", async () => {
    const consents = consentsIn([consentName(lan)]);
    assert.equal(consents.has(lan), true);
    await consents.revoke(consentName(lan));
    assert.equal(consents.has(lan), false);
    assert.deepEqual(consents.all(), []);
  });

  it("R14 needs a consent only where the key travels readable", () => {
    const plain = { ...soilLab, ...lan, security: "plaintext" } as const;
    assert.equal(isReadableOnTheWay(plain), true);
    assert.equal(isReadableOnTheWay(soilLab), false);
    for (const host of ["localhost", "127.0.0.1", "::1"]) {
      assert.equal(isReadableOnTheWay({ ...plain, host }), false, host);
    }
    for (const host of ["127.evil.example.com", "localhost.example.com", "10.0.0.7"]) {
      assert.equal(isReadableOnTheWay({ ...plain, host }), true, host);
    }
  });
});
