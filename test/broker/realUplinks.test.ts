/** Uplinks, rights and limits on the simulated server as a real one was recorded. Source: real-traffic 5, 18, 20, 24–26, 29, 30, 33. */
import assert from "node:assert/strict";
import { consoleRights, type Right } from "../../src/demo/server/apiKey";
import type { EndDevice, EndDeviceOptions } from "../../src/demo/server/endDevice";
import { wireJson } from "../../src/demo/server/wireJson";
import {
  closeClients,
  login,
  startServer,
  uid,
  watch,
  type Fixture,
  type Received,
  type TestClient,
} from "../support/demoClient";
import { assertLikeRecorded, recordedTexts } from "../support/recordedShapes";

const push = `v3/${uid}/devices/dev1/down/push`;
const plain = { f_port: 15, frm_payload: "vu8=" };

describe("Application Server as recorded: uplinks", () => {
  let fixture: Fixture;
  let client: TestClient;
  const begin = async (options: Parameters<typeof startServer>[0] = {}): Promise<void> => {
    fixture = await startServer(options);
    client = await watch(fixture);
  };
  beforeEach(() => begin());
  afterEach(async () => {
    closeClients();
    await fixture.server.close();
  });

  const add = (options: Partial<EndDeviceOptions> = {}): EndDevice =>
    fixture.server.network.addEndDevice(uid, { deviceId: "dev1", ...options });
  const all = async (): Promise<readonly Received[]> => client.rest(fixture.server);
  const only = async (): Promise<Received> => {
    const [message, ...others] = await all();
    assert.deepEqual(others, []);
    assert.ok(message);
    return message;
  };
  const two = [
    { air: { temperature: 22.5, relativeHumidity: 45 } },
    { soil: { moisture: 45 } },
  ] as const;

  it("sends up/normalized before up five times of six, its measurements in any order, location last", async () => {
    const device = add({
      formatters: {
        decodeUplink: () => ({
          data: { latitude: 52.2, longitude: 4.8, altitude: 7 },
          normalized: two,
        }),
      },
    });
    const orders = new Map<string, number>();
    for (let count = 0; count < 144; count++) {
      fixture.server.network.uplink(device);
      const messages = await all();
      const last = messages.at(-1);
      assert.ok(last);
      assertLikeRecorded(last, "location-solved");
      const names = messages
        .slice(0, -1)
        .map((message) =>
          message.kind === "up"
            ? "up"
            : Object.keys(message.at("uplink_normalized.normalized_payload") ?? {}).join(),
        );
      const order = names.join(" ");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    assert.deepEqual(
      [...orders.keys()].sort(),
      ["air soil up", "soil air up", "up air soil", "up soil air"].sort(),
    );
    const before = (orders.get("air soil up") ?? 0) + (orders.get("soil air up") ?? 0);
    assert.ok(before > 100 && before < 140, `${before} of 144`);
  });

  it("sends a simulated uplink with ids of its own, a time, and no session or FCnt", async () => {
    const device = add({
      formatters: { decodeUplink: () => ({ data: { n: 4 }, normalized: two }) },
    });
    const rxMetadata = [{ gateway_ids: { gateway_id: "test" } }];
    const framePayload = Uint8Array.of(8, 202, 45, 165);
    fixture.server.network.uplink(device, { simulated: true, rxMetadata, framePayload });
    const messages = await all();
    const up = messages.find(({ kind }) => kind === "up");
    const air = messages.find((message) => message.text.includes('"normalized_payload":{"air"'));
    assert.ok(up && air);
    assertLikeRecorded(up, "uplink-message.simulated.fcnt0.normalized");
    assertLikeRecorded(air, "uplink-normalized.simulated.air");
    fixture.server.network.uplink(device);
    const next = (await all()).find(({ kind }) => kind === "up");
    assert.equal(next?.at("uplink_message.f_cnt"), undefined, "the first of the session: 0");
  });

  it("sends frames of MAC commands alone, without FPort and payload", async () => {
    const device = add();
    fixture.server.network.uplink(device);
    await all();
    fixture.server.network.uplink(device, { fPort: 0 });
    assertLikeRecorded(await only(), "uplink-message.mac-only");
  });

  it("wraps the AppSKey for an application that decrypts itself", async () => {
    const device = add({ skipsPayloadCrypto: true });
    fixture.server.network.uplink(device, { fPort: 2, framePayload: Uint8Array.of(1) });
    fixture.server.network.macOnlyDownlink(device);
    await all();
    fixture.server.network.uplink(device, { fPort: 2, framePayload: Uint8Array.of(1, 2) });
    assertLikeRecorded(await only(), "uplink-message.own-crypto");
  });

  it("has neither JoinEUI nor session key id when the device is personalized", async () => {
    const device = add({ isPersonalized: true });
    fixture.server.network.uplink(device, { framePayload: Uint8Array.of(1) });
    const up = await only();
    assert.equal(up.at("end_device_ids.join_eui"), undefined);
    assert.equal(up.at("uplink_message.session_key_id"), undefined);
    assert.equal(up.at("end_device_ids.dev_addr"), device.session?.devAddr);
  });

  it("leaves the fields out and says nothing when the formatter fails", async () => {
    const device = add({ formatters: { decodeUplink: () => undefined } });
    const framePayload = Uint8Array.of(1, 2);
    fixture.server.network.uplink(device, { fPort: 2, framePayload });
    assertLikeRecorded(await only(), "uplink-message.fcnt0.not-decoded");
  });

  it("tells the normalizer's warnings, and normalizes nothing, when a value is out of range", async () => {
    const warning = "measurement 1: `air.temperature` should be equal or greater than `-273.15`";
    const device = add({
      formatters: { decodeUplink: () => ({ data: { n: 4 }, normalizedWarnings: [warning] }) },
    });
    fixture.server.network.uplink(device, { framePayload: Uint8Array.of(1) });
    fixture.server.network.uplink(device, { framePayload: Uint8Array.of(1) });
    const [, up] = await all();
    assert.ok(up);
    assertLikeRecorded(up, "uplink-message.normalized-warnings");
  });

  it("puts spaces and sorts keys as the server does: every recorded text comes out the same", () => {
    const texts = recordedTexts();
    assert.ok(texts.length > 150);
    for (const text of texts) assert.equal(wireJson(JSON.parse(text)), text);
  });

  it("writes that form", async () => {
    const device = add({
      formatters: { decodeUplink: () => ({ data: { humidity: 45, battery: 3.3 } }) },
    });
    fixture.server.network.uplink(device, { framePayload: Uint8Array.of(1) });
    assert.ok((await only()).text.includes('"decoded_payload":{"battery":3.3, "humidity":45}'));
  });

  describe("rights", () => {
    const enter = async (rights: readonly Right[]): Promise<TestClient> => {
      const { server } = fixture;
      const password = server.addApiKey(uid, rights);
      return login({ port: server.port, username: uid, password });
    };
    const cases = [
      { key: "read", rights: ["RIGHT_APPLICATION_TRAFFIC_READ"], hears: true, sends: false },
      { key: "write", rights: ["RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"], hears: false, sends: true },
      { key: "info", rights: ["RIGHT_APPLICATION_INFO"], hears: false, sends: false },
      { key: "all", rights: ["RIGHT_APPLICATION_ALL"], hears: true, sends: true },
    ] as const;
    for (const { key, rights, hears, sends } of cases) {
      it(`grants SUBACK and PUBACK to the key "${key}", which ${hears ? "hears" : "hears nothing"} and ${sends ? "sends" : "sends nothing"}`, async () => {
        const device = add();
        const guest = await enter(rights);
        assert.deepEqual(await guest.subscribe("#"), [0]);
        await guest.publish(push, { downlinks: [plain] });
        assert.equal(device.queue.length, sends ? 1 : 0);
        fixture.server.network.uplink(device);
        await all();
        assert.equal(guest.messages.length > 0, hears);
      });
    }

    it("honours a right from the next login on, and lets an open session of a deleted key listen on", async () => {
      const device = add();
      const { server } = fixture;
      const password = server.addApiKey(uid, ["RIGHT_APPLICATION_TRAFFIC_READ"]);
      const options = { port: server.port, username: uid, password };
      const before = await login(options);
      await before.subscribe("#");
      server.addKnownApiKey({ key: password, rights: { [uid]: consoleRights } });
      await before.publish(push, { downlinks: [plain] });
      assert.equal(device.queue.length, 0);
      await (await login(options)).publish(push, { downlinks: [plain] });
      assert.equal(device.queue.length, 1);
      server.revokeApiKey(password);
      await assert.rejects(login(options), /code 5/);
      server.network.uplink(device);
      while ((await before.next()).kind !== "up") continue;
    });
  });

  describe("rate limit", () => {
    it("closes without PUBACK, and again at the first publish until the minute is over", async () => {
      closeClients();
      await fixture.server.close();
      await begin({ downlinkRateLimit: { count: 1, milliseconds: 60_000 } });
      const device = add();
      await client.push("dev1", plain);
      const overLimit = async (from: TestClient): Promise<void> => {
        let isAnswered = false;
        from.mqtt.on("packetreceive", ({ cmd }) => (isAnswered ||= cmd === "puback"));
        const closed = new Promise<void>((resolve) => from.mqtt.once("close", resolve));
        from.mqtt.publish(push, JSON.stringify({ downlinks: [plain] }), { qos: 1 });
        await closed;
        assert.equal(isAnswered, false);
      };
      await overLimit(client);
      const again = await watch(fixture);
      fixture.server.network.uplink(device);
      while ((await again.next()).kind !== "up") continue;
      await overLimit(again);
      const other = fixture.server.addApiKey(uid);
      await (await watch({ ...fixture, key: other })).push("dev1", plain);
      assert.equal(device.queue.length, 1, "another key has its own budget");
      fixture.clock.advance(60_000);
      client = await watch(fixture);
      await client.push("dev1", plain);
      assert.equal(device.queue.length, 2);
    });
  });
});
