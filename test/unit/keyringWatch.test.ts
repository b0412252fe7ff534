import assert from "node:assert/strict";
import { watchKeyring } from "../../src/assembly/keyringWatch";
import { Application } from "../../src/model/application";
import { secretName, type KeyChange } from "../../src/storage/apiKeys";
import { Emitter } from "../../src/util/emitter";
import { soilLab, soilLabKey } from "../support/fixtures";
import { turns } from "../support/conditions";

function watched(answer: () => Promise<KeyChange>) {
  const changes = new Emitter<{ key: string }>();
  const calls: unknown[] = [];
  const application = new Application(soilLab);
  application.connection = { phase: "connected", since: 0 };
  const subscription = watchKeyring({
    secrets: { onDidChange: changes.event },
    apiKeys: {
      lookAgain: () => {
        calls.push("look");
        return answer();
      },
    },
    model: { applications: [application] },
    connections: {
      restart: (key, options) => calls.push(["restart", key, options]),
      stopWithoutKey: (key) => calls.push(["stop", key]),
    },
    log: (line) => calls.push(["log", line]),
  });
  return { changes, calls, application, subscription };
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
    const { changes, calls } = watched(() => Promise.resolve("deleted"));
    changes.fire(own);
    await turns();
    assert.deepEqual(calls, ["look", ["stop", soilLabKey]]);
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
    const { changes, calls, subscription } = watched(() => Promise.resolve("changed"));
    subscription.dispose();
    changes.fire(own);
    await turns();
    assert.deepEqual(calls, []);
  });
});
