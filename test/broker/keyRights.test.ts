/** What is known of the API key in use: learned before a downlink, forgotten with the key, told as what it is. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { CommandServices } from "../../src/commands/services";
import { Connections } from "../../src/connections/connections";
import type { Application } from "../../src/model/application";
import { downlinkEvidence } from "../../src/model/downlinkEvidence";
import { Model } from "../../src/model/model";
import { installFakeVscode } from "../support/fakeVscode";
import { canaryKey } from "../support/canary";
import { eventually, turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";
import { ScriptedBroker, serveAll } from "../support/scriptedBroker";

const uid = "app1@tenant1";
const readOnly = ["RIGHT_APPLICATION_TRAFFIC_READ"];
const both = [...readOnly, "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"];

describe("The rights of the key in use", () => {
  let broker: ScriptedBroker;
  let api: Server;
  let rights: readonly string[];
  let asked: string[];
  let apiKey: string;
  let clock: ManualClock;
  let model: Model;
  let connections: Connections;
  /** Answers the rights only when it is called. */
  let release: (() => void) | undefined;
  let isHeld: boolean;

  before(() => installFakeVscode());
  beforeEach(async () => {
    [rights, asked, apiKey, clock] = [readOnly, [], canaryKey, new ManualClock()];
    [isHeld, release] = [false, undefined];
    broker = await ScriptedBroker.start({ script: serveAll });
    api = createServer((request, response) => {
      asked.push(request.headers.authorization ?? "");
      const answer = () => response.end(JSON.stringify({ rights }));
      if (isHeld) release = answer;
      else answer();
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    model = new Model({ maximumMessages: 1_000, maximumBytes: 1 << 20 });
    model.setApplications([
      { application: uid, host: "127.0.0.1", port: broker.port, security: "plaintext" },
    ]);
    connections = new Connections(model, {
      ...{ clock, random: () => 0.5, log: () => undefined },
      readApiKey: () => Promise.resolve(apiKey),
      readCaFile: () => Promise.reject(new Error("no file")),
      isPlaintextAllowed: () => false,
      apiAddresses: (mqtt) => [{ ...mqtt, port: (api.address() as AddressInfo).port }],
    });
    connections.connect(application().key);
    await phase("connected");
  });

  afterEach(async () => {
    release?.();
    await connections.close();
    assert.equal(clock.pending, 0, "timers after close");
    await broker.stop();
    await new Promise((resolve) => api.close(resolve));
  });

  function application(): Application {
    const [found] = model.applications;
    assert.ok(found);
    return found;
  }

  async function phase(wanted: string): Promise<void> {
    await eventually(wanted, () => application().connection.phase === wanted);
  }

  const mayWrite = () => downlinkEvidence(model, application().key, "pump-1").mayWrite;
  const lines = () =>
    [...model.events.entries()].flatMap(({ content }) =>
      content.kind === "connection" ? [content.text] : [],
    );

  /** Runs a check to its end: it waits 30 s for a first message. */
  async function check(): Promise<void> {
    let isOver = false;
    const running = connections.check(application().key).then(() => (isOver = true));
    await eventually("the check ends", () => {
      clock.advance(500);
      return isOver;
    });
    await running;
  }

  it("are learned once in a connection, before anything is sent", async () => {
    assert.equal(mayWrite(), undefined);
    for (let time = 0; time < 5; time++) connections.learnRights(application().key);
    await eventually("the rights", () => mayWrite() === false);
    connections.learnRights(application().key);
    await turns(20);
    assert.deepEqual(asked, [`Bearer ${canaryKey}`]);
    assert.deepEqual(application().keyRights, {
      ...{ mayRead: true, mayWrite: false },
      at: application().rights?.at,
    });
    assert.equal(broker.connections.length, 1, "without a login of its own");
  });

  it("go with the key, and so does what a check has found (A14)", async () => {
    await check();
    assert.equal(application().check?.find(({ id }) => id === "rights")?.state, "warning");
    assert.equal(mayWrite(), false);
    apiKey = `${canaryKey.slice(0, -1)}A`;
    connections.restart(application().key, { keyChanged: true });
    assert.equal(application().check, undefined);
    await phase("connected");
    assert.equal(mayWrite(), undefined);
  });

  it("go with a key that another window has changed, as soon as it is used", async () => {
    await check();
    apiKey = `${canaryKey.slice(0, -1)}B`;
    await connections.disconnect(application().key);
    connections.connect(application().key);
    await phase("connected");
    assert.equal(application().check, undefined);
    assert.equal(mayWrite(), undefined);
  });

  it("do not count for a connection that logged in later", async () => {
    await check();
    assert.equal(mayWrite(), false);
    await connections.disconnect(application().key);
    clock.advance(1_000);
    connections.connect(application().key);
    await phase("connected");
    assert.equal(mayWrite(), undefined, "a right may have been granted meanwhile");
  });

  it("of an old key do not appear when the answer comes late", async () => {
    isHeld = true;
    const checking = connections.check(application().key);
    await eventually("asked", () => release !== undefined);
    connections.restart(application().key, { keyChanged: true });
    release?.();
    let isOver = false;
    void checking.then(() => (isOver = true));
    await eventually("the check ends", () => {
      clock.advance(500);
      return isOver;
    });
    assert.equal(application().check, undefined);
    assert.equal(application().rights, undefined);
  });

  it("that have grown are taken into use by a new login, which is said (real-traffic 30)", async () => {
    connections.learnRights(application().key);
    await eventually("the rights", () => mayWrite() === false);
    rights = both;
    await check();
    await eventually("a new login", () => lines().some((line) => line.includes("more rights")));
    await phase("connected");
    assert.ok(!lines().some((line) => line.includes("lost")));
  });

  it("are not asked for without a connection", async () => {
    await connections.disconnect(application().key);
    connections.learnRights(application().key);
    await turns(20);
    assert.deepEqual(asked, []);
  });

  it("are no matter when the demo stops, which leaves a line of its own", async () => {
    const { endDemo } = await import("../../src/commands/applications/demo");
    const settings = application().settings;
    const stop = () => {
      model.setApplications([]);
      return Promise.resolve();
    };
    await endDemo({ connections, demo: { settings, stop } } as unknown as CommandServices);
    assert.equal(lines().at(-1), "disconnected: the demo network was stopped");
    assert.deepEqual(model.applications, []);
    model.setApplications([settings]);
  });

  it("are told as a change of the key by its user, not as a loss of the connection", async () => {
    connections.restart(application().key, { keyChanged: true });
    await phase("connecting");
    connections.stopWithoutKey(application().key);
    connections.connect(application().key);
    await phase("connected");
    connections.stopWithoutKey(application().key);
    const place = `connected to 127.0.0.1:${broker.port}`;
    assert.deepEqual(lines(), [
      place,
      "connecting again: the API key was changed",
      "not connected: no API key on this machine",
      place,
      "disconnected: the API key was deleted",
    ]);
  });
});
