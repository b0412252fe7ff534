/** What becomes of publishes: PUBACK for nearly all, silence for most. Source: tts-mqtt §3.5, §6.1, §6.3. */
import assert from "node:assert/strict";
import { pumpFormatters } from "../../src/demo/devices/pumpController";
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

const push = `v3/${uid}/devices/dev1/down/push`;
const good = { f_port: 1, frm_payload: "AQ==" };

describe("Application Server publishes", () => {
  let fixture: Fixture;
  let client: TestClient;
  const begin = async (options: Parameters<typeof startServer>[0] = {}): Promise<void> => {
    fixture = await startServer(options);
    fixture.server.network.addEndDevice(uid, { deviceId: "dev1" });
    fixture.server.network.addEndDevice(uid, { deviceId: "pump", formatters: pumpFormatters });
    client = await watch(fixture);
  };
  const outcomes = (): readonly string[] => fixture.server.records.map(({ outcome }) => outcome);
  beforeEach(() => begin());
  afterEach(async () => {
    closeClients();
    await fixture.server.close();
  });

  const bad = { f_port: 224, frm_payload: "AQ==" };
  const silent: readonly (readonly [string, string, unknown, string])[] = [
    ["it goes to a foreign application", push.replace("app1", "app2"), good, "forbidden"],
    ["it goes to an upstream topic", `v3/${uid}/devices/dev1/up`, good, "forbidden"],
    ["it goes anywhere else", "test", good, "forbidden"],
    ["the body is no JSON", push, "BEEF", "undecodable"],
    ["the body is empty", push, "", "undecodable"],
    ["the body is null", push, "null", "undecodable"],
    ["the body is a list", push, [good], "undecodable"],
    ["a field has the wrong type", push, { downlinks: [{ f_port: 1.5 }] }, "undecodable"],
    ["one of two breaks the schema", push, { downlinks: [good, bad] }, "schema violation"],
    [
      "the device id breaks the grammar",
      push.replace("dev1", "Dev_1"),
      { downlinks: [good] },
      "bad device id",
    ],
    [
      "the device is unknown",
      push.replace("dev1", "dev9"),
      { downlinks: [good] },
      "unknown device",
    ],
    ["there is no payload", push, { downlinks: [{ f_port: 1 }] }, "no payload"],
    [
      "the encoder refuses the fields",
      push.replace("dev1", "pump"),
      { downlinks: [{ f_port: 15, decoded_payload: { valve: "half" } }] },
      "encoder error",
    ],
    [
      "too many attempts are wanted",
      push,
      { downlinks: [{ ...good, confirmed: true, confirmed_retry: { max_attempts: 33 } }] },
      "too many attempts",
    ],
  ];
  for (const [context, topic, body, outcome] of silent) {
    it(`sends PUBACK and nothing else when ${context}`, async () => {
      await client.publish(topic, body);
      assert.deepEqual(await client.rest(fixture.server), []);
      assert.deepEqual(outcomes(), [outcome]);
    });
  }

  it("judges in the server's order when several things are wrong", async () => {
    await client.publish(push.replace("dev1", "Dev_1"), "no json");
    await client.publish(push.replace("dev1", "Dev_1"), { downlinks: [bad] });
    await client.publish(push.replace("dev1", "dev9"), { downlinks: [{}] });
    assert.deepEqual(outcomes(), ["undecodable", "schema violation", "unknown device"]);
  });

  it("sends PUBACK and nothing else when the key lacks the right to write", async () => {
    const { server } = fixture;
    const key = server.addApiKey(uid, ["RIGHT_APPLICATION_TRAFFIC_READ"]);
    const reader = await login({ port: server.port, username: uid, password: key });
    await reader.publish(push, { downlinks: [good] });
    assert.deepEqual(await client.rest(server), []);
    assert.deepEqual(outcomes(), ["forbidden"]);
  });

  for (const qos of [0, 1, 2] as const) {
    it(`queues when the downlink comes with QoS ${qos}`, async () => {
      await client.publish(push, { downlinks: [good] }, qos);
      assert.equal((await client.next()).kind, "down/queued");
    });
  }

  for (const topic of ["v3/+/devices/dev1/down/push", "v3/#", ""]) {
    it(`closes when the topic is ${JSON.stringify(topic)}`, async () => {
      const raw = await RawClient.login(fixture);
      raw.socket.write(publishBytes(0x30, topic, "{}"));
      await raw.closed;
      assert.deepEqual(outcomes(), []);
    });
  }

  it("closes when DUP comes with QoS 0", async () => {
    const raw = await RawClient.login(fixture);
    raw.socket.write(publishBytes(0x38, push, "{}"));
    await raw.closed;
    assert.deepEqual(outcomes(), []);
  });

  it("records the bytes of what was published", async () => {
    await client.publish(push, { downlinks: [good] });
    const [record] = fixture.server.records;
    assert.equal(record?.topic, push);
    assert.equal(Buffer.from(record.payload).toString(), JSON.stringify({ downlinks: [good] }));
    assert.equal(record.downlinks.length, 1);
  });

  it("discards the message and closes when the rate limit is exceeded", async () => {
    closeClients();
    await fixture.server.close();
    await begin({ downlinkRateLimit: { count: 2, milliseconds: 60_000 } });
    await client.publish("not counted", "");
    await client.push("dev1", good);
    await client.push("dev1", good);
    const closed = new Promise<void>((resolve) => client.mqtt.once("close", resolve));
    client.mqtt.publish(push, JSON.stringify({ downlinks: [good] }), { qos: 0 });
    await closed;
    assert.deepEqual(outcomes(), ["forbidden", "queued", "queued", "rate limited"]);
    fixture.clock.advance(60_000);
    const again = await watch(fixture);
    await again.push("dev1", good);
    assert.equal(outcomes().at(-1), "queued");
  });
});

function publishBytes(header: number, topic: string, payload: string): Buffer {
  const length = Buffer.byteLength(topic);
  const rest = Buffer.concat([Buffer.of(0, length), Buffer.from(topic), Buffer.from(payload)]);
  return Buffer.concat([Buffer.of(header, rest.length), rest]);
}
