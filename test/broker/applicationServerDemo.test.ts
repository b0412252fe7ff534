/** The demo network as the extension meets it. */
import assert from "node:assert/strict";
import { DemoApplication } from "../../src/demo/demoApplication";
import { startDemoNetwork, type DemoNetwork } from "../../src/demo/demoNetwork";
import { applicationKey } from "../../src/stack/applicationSettings";
import { isUsualApiKey } from "../../src/stack/identifiers";
import { ManualClock } from "../support/manualClock";
import { closeClients, login, type TestClient } from "../support/demoClient";

describe("Demo network", () => {
  let network: DemoNetwork;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = new ManualClock();
    network = await startDemoNetwork({ seed: 1, clock });
  });
  afterEach(async () => {
    closeClients();
    await network.close();
  });
  const connect = async (): Promise<TestClient> => {
    const { port, application: username, apiKey: password } = network;
    const client = await login({ port, username, password });
    await client.subscribe("#");
    return client;
  };

  it("accepts its own application and key, on loopback", async () => {
    assert.equal(network.host, "127.0.0.1");
    assert.equal(network.application, "demo-farm@demo");
    assert.ok(isUsualApiKey(network.apiKey));
    await connect();
  });

  it("has another key every time when it has no seed", async () => {
    const other = await startDemoNetwork();
    await other.close();
    assert.notEqual(other.apiKey, network.apiKey);
  });

  it("brings several end devices within two seconds when a client subscribes late", async () => {
    clock.advance(100_000);
    const client = await connect();
    clock.advance(2000);
    const devices = new Set<string | undefined>();
    while (devices.size < 3) devices.add((await client.next()).topic.split("/")[3]);
  });

  it("opens the valve and acknowledges when the pump is told to", async () => {
    const client = await connect();
    const topic = "v3/demo-farm@demo/devices/pump-controller-3/down/replace";
    const body = {
      downlinks: [
        {
          f_port: 15,
          decoded_payload: { valve: "open", minutes: 600 },
          confirmed: true,
          correlation_ids: ["mine:1"],
        },
      ],
    };
    await client.publish(topic, body);
    clock.advance(25_000);
    const seen: string[] = [];
    let valve: unknown;
    while (seen.length < 3 || valve !== "open") {
      const message = await client.next();
      if (message.topic.includes("pump") && message.text.includes("mine:1"))
        seen.push(message.kind);
      if (message.topic.includes("pump"))
        valve = message.at("uplink_message.decoded_payload.valve");
    }
    assert.deepEqual(seen, ["down/queued", "down/sent", "down/ack"]);
  });

  it("drops fields the pump does not know in silence", async () => {
    const client = await connect();
    const topic = "v3/demo-farm@demo/devices/pump-controller-3/down/push";
    await client.publish(topic, { downlinks: [{ f_port: 15, decoded_payload: { tap: 1 } }] });
    assert.deepEqual(client.messages, []);
  });

  it("keeps its identity when it is started again, and beside another window's", async () => {
    const [mine, other] = [new DemoApplication(), new DemoApplication()];
    const first = await mine.start();
    const beside = await other.start();
    await mine.stop();
    const again = await mine.start();
    assert.equal(applicationKey(again), applicationKey(first));
    assert.equal(applicationKey(beside), applicationKey(first));
    assert.notEqual(beside.port, again.port);
    for (const [{ port, application: username }, { apiKey: password }] of [
      [again, mine],
      [beside, other],
    ] as const) {
      await login({ port, username, password: password ?? "" });
    }
    closeClients();
    await Promise.all([mine.stop(), other.stop()]);
  });

  it("has end devices with the same EUIs and the same first DevAddr every time", async () => {
    const identities = async (clockOf: ManualClock, from: DemoNetwork): Promise<unknown> => {
      const { port, application: username, apiKey: password } = from;
      const client = await login({ port, username, password });
      await client.subscribe("v3/+/devices/+/up");
      clockOf.advance(30_000);
      const ids = new Map<unknown, unknown>();
      while (ids.size < 9) {
        const message = await client.next();
        if (message.at("end_device_ids.device_id") !== "cold-room-2")
          ids.set(message.at("end_device_ids.device_id"), message.at("end_device_ids"));
      }
      return Object.fromEntries([...ids].sort());
    };
    const otherClock = new ManualClock();
    const other = await startDemoNetwork({ seed: 2, clock: otherClock });
    try {
      assert.deepEqual(await identities(otherClock, other), await identities(clock, network));
    } finally {
      await other.close();
    }
  });

  it("ends connections and port when it closes", async () => {
    const client = await connect();
    const closed = new Promise<void>((resolve) => client.mqtt.once("close", resolve));
    await network.close();
    await closed;
    await assert.rejects(connect(), /ECONNREFUSED|closed/);
  });
});
