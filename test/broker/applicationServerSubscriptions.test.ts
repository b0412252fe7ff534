/** What the simulated Application Server delivers to whom. Source: tts-mqtt §1.3, §2, §3.3. */
import assert from "node:assert/strict";
import {
  closeClients,
  login,
  RawClient,
  startServer,
  uid,
  watch,
  type Fixture,
  type TestClient,
} from "../support/demoClient";

describe("Application Server subscriptions", () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await startServer();
  });
  afterEach(async () => {
    closeClients();
    await fixture.server.close();
  });
  const connect = (): Promise<TestClient> =>
    login({ port: fixture.server.port, username: uid, password: fixture.key });
  const uplink = (deviceId = "dev1"): void => {
    const { network } = fixture.server;
    network.uplink(network.endDevice(uid, deviceId) ?? network.addEndDevice(uid, { deviceId }));
  };

  for (const filter of ["#", "v3/#", "v3/+/#", `v3/${uid}/#`, "v3/+/devices/+/up"]) {
    it(`delivers under the full topic when ${filter} is subscribed`, async () => {
      const client = await connect();
      assert.deepEqual(await client.subscribe(filter), [0]);
      uplink();
      assert.equal((await client.next()).topic, `v3/${uid}/devices/dev1/up`);
    });
  }

  for (const filter of [
    "v3/app2@tenant1/#",
    "+/#",
    "+/+/devices/#",
    "+",
    "v3",
    "v2/#",
    "$SYS/#",
    "$share/group/v3/+/devices/#",
    "/v3",
    "V3/#",
    "test",
  ]) {
    it(`answers 0x80 and stays connected when ${filter} is subscribed`, async () => {
      const client = await connect();
      assert.deepEqual(await client.subscribe([filter, "#"]), [128, 0]);
      uplink();
      assert.equal((await client.next()).kind, "up");
    });
  }

  it("grants a subscription to down/push, on which nothing ever comes", async () => {
    const client = await connect();
    assert.deepEqual(await client.subscribe("v3/+/devices/+/down/push"), [0]);
    fixture.server.network.addEndDevice(uid, { deviceId: "dev1" });
    await client.push("dev1", { f_port: 1, frm_payload: "AQ==" });
    assert.equal(fixture.server.records.at(-1)?.outcome, "queued");
    assert.deepEqual(client.messages, []);
  });

  for (const filter of ["a#", "#/x", "v3/#/up", "v3/+x/up", "", "v3/\0"]) {
    it(`closes when the filter ${JSON.stringify(filter)} is malformed`, async () => {
      const client = await RawClient.login(fixture);
      client.socket.write(subscribeBytes(1, filter));
      await client.closed;
    });
  }

  it("does not match the parent when a filter ends in /#", async () => {
    const client = await connect();
    await client.subscribe("v3/+/devices/+/up/#");
    const { server } = fixture;
    const device = server.network.addEndDevice(uid, {
      deviceId: "dev1",
      formatters: { decodeUplink: () => ({ data: {}, normalized: [{ air: { temperature: 1 } }] }) },
    });
    server.network.uplink(device);
    assert.equal((await client.next()).kind, "up/normalized");
  });

  it("delivers once when filters overlap", async () => {
    const client = await watch(fixture);
    await client.subscribe(["v3/+/devices/+/up", "v3/+/devices/dev1/#", `v3/${uid}/#`], 1);
    uplink();
    assert.equal((await client.rest(fixture.server)).length, 1);
  });

  it("delivers QoS 0 and no retain flag when QoS 2 is granted", async () => {
    const client = await connect();
    assert.deepEqual(await client.subscribe("#", 2), [2]);
    uplink();
    const { qos, retain } = await client.next();
    assert.deepEqual({ qos, retain }, { qos: 0, retain: false });
  });

  it("stops delivering when the rewritten filter is unsubscribed by another spelling", async () => {
    const client = await watch(fixture);
    await client.subscribe("v3/+/devices/fence/up");
    await client.mqtt.unsubscribeAsync("v3/#");
    uplink();
    assert.deepEqual(await client.rest(fixture.server), []);
  });

  it("delivers again when an unsubscribed filter is subscribed again", async () => {
    const client = await watch(fixture);
    await client.mqtt.unsubscribeAsync("#");
    await client.subscribe("#");
    uplink();
    assert.equal((await client.next()).kind, "up");
  });

  it("stays silent when the key lacks the right to read", async () => {
    const { server } = fixture;
    const key = server.addApiKey(uid, ["RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"]);
    const client = await login({ port: server.port, username: uid, password: key });
    assert.deepEqual(await client.subscribe("#"), [0]);
    uplink();
    await client.push("dev1", { f_port: 1, frm_payload: "AQ==" });
    await client.publish("fence", "");
    assert.deepEqual(client.messages, []);
    assert.equal(server.records[0]?.outcome, "queued");
  });

  it("delivers nothing of other applications", async () => {
    const client = await watch(fixture);
    const { network } = fixture.server;
    network.uplink(network.addEndDevice("app2@tenant1", { deviceId: "dev2" }));
    assert.deepEqual(await client.rest(fixture.server), []);
  });

  it("keeps no last value when a client publishes with retain or subscribes late", async () => {
    const { server } = fixture;
    const client = await connect();
    await client.mqtt.publishAsync(`v3/${uid}/devices/dev1/up`, "{}", { qos: 1, retain: true });
    uplink();
    await client.subscribe("#");
    assert.deepEqual(await client.rest(server), []);
  });

  it("does not echo what clients publish", async () => {
    const client = await watch(fixture);
    await client.publish(`v3/${uid}/devices/dev1/down/push`, "not json", 0);
    await client.publish(`v3/${uid}/devices/dev1/up`, "{}", 2);
    assert.deepEqual(await client.rest(fixture.server), []);
    assert.equal(fixture.server.records.length, 2);
  });

  it("drops messages for a slow reader and stays connected", async () => {
    const { server } = fixture;
    const slow = await RawClient.login(fixture);
    slow.socket.write(subscribeBytes(1, "#"));
    await slow.packet("suback");
    slow.socket.pause();
    const client = await watch(fixture);
    const block = "x".repeat(100_000);
    while (server.lostMessages === 0) {
      server.publishRaw(uid, `v3/${uid}/devices/dev1/up`, block);
      await client.next();
    }
    assert.equal(server.connections.length, 2);
  });

  it("cuts connections without DISCONNECT when it goes away", async () => {
    const client = await watch(fixture);
    const closed = new Promise<void>((resolve) => client.mqtt.once("close", resolve));
    fixture.server.disconnectAll();
    await closed;
  });
});

function subscribeBytes(id: number, filter: string): Buffer {
  const bytes = Buffer.from(filter);
  return Buffer.concat([
    Buffer.of(0x82, bytes.length + 5, id >> 8, id & 255, bytes.length >> 8, bytes.length & 255),
    bytes,
    Buffer.of(0),
  ]);
}
