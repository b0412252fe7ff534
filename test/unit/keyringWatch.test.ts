import assert from "node:assert/strict";
import { watchKeyring } from "../../src/assembly/keyringWatch";
import { Application } from "../../src/model/application";
import { secretName, type KeyChange } from "../../src/storage/apiKeys";
import { Emitter } from "../../src/util/emitter";
import { soilLab, soilLabKey } from "../support/fixtures";
import { ManualClock } from "../support/manualClock";
import { turns } from "../support/conditions";

function watched(answer: () => Promise<KeyChange>) {
  const changes = new Emitter<{ key: string }>();
  const calls: unknown[] = [];
  const clock = new ManualClock();
  const applications: Application[] = [];
  const application = new Application(soilLab);
  application.connection = { phase: "connected", since: 0 };
  applications.push(application);
  const subscription = watchKeyring({
    secrets: { onDidChange: changes.event },
    apiKeys: {
      lookAgain: () => {
        calls.push("look");
        return answer();
      },
    },
    model: { applications },
    clock,
    connections: {
      restart: (key, options) => calls.push(["restart", key, options]),
      stopWithoutKey: (key) => calls.push(["stop", key]),
    },
    log: (line) => calls.push(["log", line]),
  });
  /** Lets milliseconds pass, and what they make happen. */
  const pass = async (milliseconds: number) => {
    clock.advance(milliseconds);
    await turns();
  };
  return { changes, calls, application, applications, subscription, clock, pass };
}

/** A keyring that gives these answers one after the other, then the last for ever. */
function answers(...list: KeyChange[]): () => Promise<KeyChange> {
  return () => {
    const [first = "same"] = list;
    if (list.length > 1) list.shift();
    return Promise.resolve(first);
  };
}

describe("The keyring watch", () => {
  const own = { key: secretName(soilLab) };

  it("S06 connects anew when another window changed the key", async () => {
    const { changes, calls } = watched(() => Promise.resolve("changed"));
    changes.fire(own);
    await turns();
    assert.deepEqual(calls, ["look", ["restart", soilLabKey, { keyChanged: true }]]);
  });

  it("S07 ends the connection when another window deleted the key", async () => {
    const { changes, calls, pass, clock } = watched(answers("deleted"));
    changes.fire(own);
    await turns();
    assert.deepEqual(calls, ["look"]);
    await pass(200);
    await pass(600);
    await pass(1_200);
    assert.deepEqual(calls, ["look", "look", "look", "look", ["stop", soilLabKey]]);
    assert.equal(clock.pending, 0);
  });

  for (const unreadable of ["deleted", "same"] as const) {
    it(`S06 takes a key that is readable only after its event, which found it ${unreadable}`, async () => {
      const { changes, calls, pass, clock } = watched(answers(unreadable, unreadable, "changed"));
      changes.fire(own);
      await turns();
      await pass(200);
      await pass(600);
      assert.deepEqual(calls.slice(2), ["look", ["restart", soilLabKey, { keyChanged: true }]]);
      await pass(10_000);
      assert.equal(calls.length, 4);
      assert.equal(clock.pending, 0);
    });
  }

  it("S06 begins to look anew with each event, and never twice at once", async () => {
    const { changes, calls, pass, clock } = watched(answers("same"));
    changes.fire(own);
    changes.fire(own);
    await turns();
    assert.equal(clock.pending, 1);
    for (const pause of [200, 600, 1_200, 10_000]) await pass(pause);
    assert.deepEqual(calls, ["look", "look", "look", "look", "look"]);
  });

  it("L10 asks for no key when the application was removed while it looked", async () => {
    const { changes, calls, applications, pass } = watched(answers("deleted"));
    changes.fire(own);
    await turns();
    applications.length = 0;
    for (const pause of [200, 600, 1_200]) await pass(pause);
    assert.deepEqual(calls, ["look"]);
  });

  it("S06 does nothing when the event came without a change or for another secret", async () => {
    const { changes, calls } = watched(() => Promise.resolve("same"));
    changes.fire(own);
    changes.fire({ key: "apiKey.somebodyElse" });
    await turns();
    assert.deepEqual(calls, ["look"]);
  });

  it("does not touch an application that is not connected", async () => {
    const { changes, calls, application } = watched(() => Promise.resolve("changed"));
    application.connection = { phase: "stopped" };
    changes.fire(own);
    await turns();
    assert.deepEqual(calls, []);
  });

  it("S04 notes a keyring that does not answer", async () => {
    const { changes, calls } = watched(() => Promise.reject(new Error("locked")));
    changes.fire(own);
    await turns();
    assert.deepEqual(calls.at(-1), ["log", "the system's keyring did not tell what changed"]);
  });

  it("hears nothing more once disposed", async () => {
    const { changes, calls, subscription, pass, clock } = watched(answers("deleted"));
    changes.fire(own);
    await turns();
    subscription.dispose();
    assert.equal(clock.pending, 0);
    changes.fire(own);
    await pass(10_000);
    assert.deepEqual(calls, ["look"]);
  });
});
