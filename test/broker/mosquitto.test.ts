/** A real broker with TLS, passwords and access rules. Source: reliability C26, C35, §3.1. */
import assert from "node:assert/strict";
import { systemClock, type Clock } from "../../src/util/clock";
import { canaryKey } from "../support/canary";
import { makeCertificates, type Certificates } from "../support/certificates";
import { eventually, within } from "../support/conditions";
import { hasMosquitto, Mosquitto } from "../support/mosquitto";
import { addressOf, closeSupervisors, SupervisorRecord, userName } from "../support/wire";

/** Waits that a user has minutes for take a twentieth here; deadlines stay. */
const hurried: Clock = {
  ...systemClock,
  after: (milliseconds, callback) =>
    systemClock.after(milliseconds >= 15_000 ? milliseconds : milliseconds / 20, callback),
};

describe("mosquitto", function () {
  this.timeout(20_000);
  let certificates: Certificates;
  let broker: Mosquitto;

  before(async () => {
    assert.ok(hasMosquitto, "mosquitto is not installed; on Debian as root npm test installs it");
    certificates = makeCertificates();
    broker = await Mosquitto.start({
      users: { [userName]: canaryKey, other: canaryKey },
      tls: { certificates },
    });
  });
  after(async () => {
    await (hasMosquitto ? broker.dispose() : undefined);
    if (hasMosquitto) certificates.dispose();
  });
  afterEach(async () => within(3_000, closeSupervisors()));

  function connect(more: { apiKey?: string; clock?: Clock } = {}): SupervisorRecord {
    const address = addressOf(broker.port, {
      ...{ host: "localhost", security: "tls", extraCertificates: certificates.ca.cert },
    });
    const record = new SupervisorRecord(address, more.clock as never);
    if (more.apiKey !== undefined) record.apiKey = more.apiKey;
    record.supervisor.connect();
    return record;
  }

  it("connects over TLS, subscribes, publishes with QoS 1 and receives", async () => {
    const record = connect();
    await record.phase("connected");
    const topic = `v3/${userName}/devices/dev-1/down/push`;
    assert.equal(await record.supervisor.publish(topic, '{"downlinks":[]}'), "acknowledged");
    await eventually("the message", () => record.messages.length === 1);
    assert.deepEqual(record.messages, [{ topic, text: '{"downlinks":[]}' }]);
    assert.match(broker.log, /New client connected from .* as vsc-/);
  });

  it("asks when the key is wrong (C22, R5)", async () => {
    const record = connect({ apiKey: "NNSXS.WRONG.KEY" });
    assert.equal((await record.phase("failed")).failure.code, "CONNACK_5");
  });

  it("keeps two windows of one application connected (C35, G10)", async () => {
    const [one, two] = [connect(), connect()];
    await one.phase("connected");
    await two.phase("connected");
    const topic = `v3/${userName}/devices/dev-2/down/push`;
    assert.equal(await one.supervisor.publish(topic, "{}"), "acknowledged");
    await eventually("both hear it", () => one.messages.length + two.messages.length === 2);
    assert.deepEqual([one.attempts, two.attempts], [1, 1]);
  });

  it("brings five connections back when the broker restarts (C26)", async () => {
    const records = Array.from({ length: 5 }, () => connect({ clock: hurried }));
    await Promise.all(records.map((record) => record.phase("connected")));
    await broker.stop();
    await Promise.all(
      records.map((record) =>
        eventually("the port is tried", () => record.phases.includes("waiting")),
      ),
    );
    const start = broker.log.length;
    await broker.start();
    await Promise.all(
      records.map((record) =>
        eventually("connected again", () => record.phases.at(-1) === "connected"),
      ),
    );
    const subscriptions = broker.log.slice(start).match(/Received SUBSCRIBE/g);
    assert.equal(subscriptions?.length, 5);
    for (const { phases } of records) {
      assert.equal(phases.filter((phase) => phase === "connected").length, 2);
    }
  });

  it("says goodbye within 2 s, and the broker hears it (R24)", async () => {
    const record = connect();
    await record.phase("connected");
    await within(2_000, record.supervisor.disconnect());
    await eventually("DISCONNECT", () => broker.log.includes("Received DISCONNECT from vsc-"));
  });
});
