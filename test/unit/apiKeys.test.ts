import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApiKeys, secretName } from "../../src/storage/apiKeys";
import { canaryKey, soilLab } from "../support/fixtures";
import { MemoryFile } from "../support/memoryFile";
import { ManualClock } from "../support/manualClock";

/** A keyring in memory. */
class FakeSecrets {
  readonly kept = new Map<string, string>();

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(this.kept.get(name));
  }

  store(name: string, value: string): Promise<void> {
    this.kept.set(name, value);
    return Promise.resolve();
  }

  delete(name: string): Promise<void> {
    this.kept.delete(name);
    return Promise.resolve();
  }
}

/** What VS Code remembers for the extension. */
class FakeState {
  private readonly kept = new Map<string, unknown>();

  get(name: string): unknown {
    return this.kept.get(name);
  }

  update(name: string, value: unknown): Promise<void> {
    this.kept.set(name, value);
    return Promise.resolve();
  }
}

function keysWith(change: Partial<Pick<FakeSecrets, "get" | "store" | "delete">> = {}) {
  const secrets = Object.assign(new FakeSecrets(), change);
  const clock = new ManualClock();
  const state = new FakeState();
  const shared = new MemoryFile();
  return { secrets, clock, state, keys: new ApiKeys(secrets, clock, { shared, state }) };
}

const never = () => new Promise<never>(() => undefined);
const refuse = () => Promise.reject(new Error(`could not write ${canaryKey}`));
const throwNow = () => {
  throw new Error(`could not write ${canaryKey}`);
};

/** The error's whole text, for finding a key in it. */
async function errorOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    return error instanceof Error
      ? `${error.message}${error.stack ?? ""}${String(error.cause)}`
      : String(error);
  }
  throw new Error("it was accepted");
}

describe("ApiKeys", () => {
  it("gives back the key that was stored, until it is deleted", async () => {
    const { keys, clock } = keysWith();
    assert.equal(await keys.get(soilLab), undefined);
    await keys.store(soilLab, canaryKey);
    assert.equal(await keys.get(soilLab), canaryKey);
    await keys.delete(soilLab);
    await keys.delete(soilLab);
    assert.equal(await keys.get(soilLab), undefined);
    assert.equal(clock.pending, 0);
  });

  it("S08 names keys by a digest of host, port and application, and by nothing that tells more", async () => {
    const { keys, secrets } = keysWith();
    await keys.store({ ...soilLab, label: "Soil" } as typeof soilLab, canaryKey);
    const [name = ""] = secrets.kept.keys();
    const digest = createHash("sha256").update("eu1.cloud.thethings.network:8883/soil-lab@ttn");
    assert.equal(name, `apiKey.${digest.digest("hex").slice(0, 32)}`);
    assert.match(name, /^apiKey\.[0-9a-f]{32}$/);
    assert.equal(name, secretName(soilLab));
  });

  it("S11 finds no key when host, port or application changed", async () => {
    const { keys } = keysWith();
    await keys.store(soilLab, canaryKey);
    for (const change of [
      { host: "evil.example.com" },
      { port: 1883 },
      { application: "soil-lab" },
    ]) {
      assert.equal(await keys.get({ ...soilLab, ...change }), undefined);
    }
  });

  it("S04 says so after ten seconds when the keyring does not answer", async () => {
    const { keys, clock } = keysWith({ get: never, store: never, delete: never });
    const attempts = [keys.get(soilLab), keys.store(soilLab, canaryKey), keys.delete(soilLab)].map(
      errorOf,
    );
    clock.advance(9_999);
    assert.equal(clock.pending, 3);
    clock.advance(1);
    for (const error of await Promise.all(attempts)) assert.match(error, /did not answer/);
  });

  it("S04 S05 hides the keyring's own words, which may quote the key, when it refuses", async () => {
    for (const refusal of [refuse, throwNow]) {
      const { keys, clock } = keysWith({ get: refusal, store: refusal, delete: refusal });
      for (const attempt of [
        keys.get(soilLab),
        keys.store(soilLab, canaryKey),
        keys.delete(soilLab),
      ]) {
        const error = await errorOf(attempt);
        assert.match(error, /keyring refused/);
        assert.doesNotMatch(error, /CANARY|SECRETPART/);
      }
      assert.equal(clock.pending, 0);
    }
  });

  const unusable = ["", "10 MB", "not a key", `${canaryKey}\n`, "NNSXS..X"];
  for (const kept of unusable) {
    it(`S04 has no key when what is kept is ${JSON.stringify(kept.slice(0, 12))}`, async () => {
      const value = kept === "10 MB" ? `NNSXS.A.${"B".repeat(10_000_000)}` : kept;
      const { keys } = keysWith({ get: () => Promise.resolve(value) });
      assert.equal(await keys.get(soilLab), undefined);
    });
  }

  it("S05 rejects when the keyring took the key but did not keep it", async () => {
    const { keys } = keysWith({ store: () => Promise.resolve() });
    assert.match(await errorOf(keys.store(soilLab, canaryKey)), /did not keep/);
    const other = keysWith({ get: () => Promise.resolve("another") });
    assert.match(await errorOf(other.keys.store(soilLab, canaryKey)), /did not keep/);
  });

  it("S05 keeps nothing when storing was refused", async () => {
    const { keys, secrets } = keysWith({ store: refuse });
    await errorOf(keys.store(soilLab, canaryKey));
    assert.equal(secrets.kept.size, 0);
  });

  it("S02 tells a key that vanished from one that was never there", async () => {
    const { keys, secrets } = keysWith();
    assert.equal(await keys.get(soilLab), undefined);
    await keys.store(soilLab, canaryKey);
    secrets.kept.clear();
    await assert.rejects(keys.get(soilLab), { code: "KEY_LOST" });
    await keys.store(soilLab, canaryKey);
    assert.equal(await keys.get(soilLab), canaryKey);
    await keys.delete(soilLab);
    assert.equal(await keys.get(soilLab), undefined);
  });

  it("names what is stored, with what it is bound to, also of an earlier version", async () => {
    const { keys, state } = keysWith();
    await state.update("storedKeys.v1", ["apiKey.old"]);
    await keys.store(soilLab, canaryKey);
    const { application, host, port } = soilLab;
    const name = secretName(soilLab);
    assert.deepEqual(keys.all(), [
      { name, bound: { application, host, port } },
      { name: "apiKey.old" },
    ]);
    await keys.deleteNamed("apiKey.old");
    await keys.deleteNamed(name);
    assert.deepEqual(keys.all(), []);
    assert.equal(await keys.get(soilLab), undefined);
  });

  it("S06 sees what another window did to the key in use", async () => {
    const { keys, secrets } = keysWith();
    await keys.store(soilLab, canaryKey);
    assert.equal(await keys.lookAgain(soilLab), "same");
    secrets.kept.set(secretName(soilLab), `${canaryKey.slice(0, -1)}A`);
    assert.equal(await keys.lookAgain(soilLab), "changed");
    secrets.kept.clear();
    assert.equal(await keys.lookAgain(soilLab), "deleted");
  });
});
