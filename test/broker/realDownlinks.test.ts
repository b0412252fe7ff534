/** Downlinks on the simulated server as a real one was recorded to treat them. Source: real-traffic 1–18, 22–28, 32. */
import assert from "node:assert/strict";
import { decodeCayenneDownlink, encodeCayenneDownlink } from "../../src/demo/devices/cayenneLpp";
import type {
  EndDevice,
  EndDeviceOptions,
  PayloadFormatters,
} from "../../src/demo/server/endDevice";
import {
  closeClients,
  startServer,
  uid,
  watch,
  type Fixture,
  type Received,
  type TestClient,
} from "../support/demoClient";
import { assertLikeRecorded, errorOf, recordedError } from "../support/recordedShapes";

/** As the recorded application had it: minutes and on/off, a warning for an odd length. */
const recordedFormatters: PayloadFormatters = {
  decodeDownlink: (bytes) => ({
    data: { on: (bytes[0] ?? 0) === 1, minutes: bytes[1] },
    warnings: bytes.length % 2 === 1 ? ["odd length"] : [],
  }),
  encodeDownlink: ({ on, minutes, long }) =>
    typeof long === "number"
      ? { framePayload: new Uint8Array(long).fill(7), fPort: 20 }
      : { framePayload: Uint8Array.of(on === true ? 1 : 0, Number(minutes)) },
};

const plain = { f_port: 15, frm_payload: "vu8=", correlation_ids: ["t:1"] };
const confirmed = { ...plain, confirmed: true };

describe("Application Server as recorded: downlinks", () => {
  let fixture: Fixture;
  let client: TestClient;
  beforeEach(async () => {
    fixture = await startServer();
    client = await watch(fixture);
  });
  afterEach(async () => {
    closeClients();
    await fixture.server.close();
  });

  const add = (options: Partial<EndDeviceOptions> = {}): EndDevice =>
    fixture.server.network.addEndDevice(uid, {
      deviceId: "pump",
      formatters: recordedFormatters,
      ...options,
    });
  const uplink = (device: EndDevice, acknowledges = false): void =>
    fixture.server.network.uplink(device, { acknowledges });
  const wait = (milliseconds: number): void => fixture.clock.advance(milliseconds);
  const all = async (): Promise<readonly Received[]> => client.rest(fixture.server);
  const downs = async (): Promise<readonly Received[]> =>
    (await all()).filter(({ kind }) => kind.startsWith("down/"));
  const kinds = (messages: readonly Received[]): readonly string[] =>
    messages.map(({ kind }) => kind);
  /** The only `down/…` message that came. */
  const only = async (): Promise<Received> => {
    const messages = await downs();
    assert.deepEqual(messages.length, 1, kinds(messages).join(" "));
    const [message] = messages;
    assert.ok(message);
    return message;
  };
  const last = async (): Promise<Received> => {
    const message = (await downs()).at(-1);
    assert.ok(message);
    return message;
  };
  const failsLike = (message: Received, variant: string): void => {
    assert.deepEqual(errorOf(message), recordedError(variant));
    assertLikeRecorded(message, variant);
  };

  describe("at once", () => {
    it("sends queued and failed ahead of PUBACK", async () => {
      add();
      const order: string[] = [];
      client.mqtt.on("packetreceive", (packet) => {
        if (packet.cmd === "puback") order.push("PUBACK");
        if (packet.cmd === "publish") order.push(packet.topic.split("/").slice(4).join("/"));
      });
      await client.push("pump", plain);
      await client.push("pump", { ...plain, f_port: 0 });
      assert.deepEqual(order, ["down/queued", "PUBACK", "down/failed", "PUBACK"]);
    });

    it("names no DevAddr on queued, and the fields with their warnings and nulls", async () => {
      add();
      await client.push("pump", { ...plain, priority: "HIGHEST" });
      assertLikeRecorded(await only(), "downlink-queued");
      await client.push("pump", { f_port: 1, frm_payload: "AQ==", correlation_ids: ["t:2"] });
      const odd = await only();
      assertLikeRecorded(odd, "downlink-queued.warnings");
      assert.deepEqual(odd.at("downlink_queued.decoded_payload"), { minutes: null, on: true });
    });

    it("fails with no_device_session", async () => {
      add({ isActivated: false });
      await client.push("pump", plain);
      failsLike(await only(), "downlink-failed.no-device-session");
    });

    it("takes FPort 225, says nothing about 224 and 256, fails 0 with no_f_port", async () => {
      add();
      await client.push("pump", { ...plain, f_port: 224 });
      await client.push("pump", { ...plain, f_port: 256 });
      assert.deepEqual(await downs(), []);
      await client.push("pump", { ...plain, f_port: 225 });
      assert.equal((await only()).at("downlink_queued.f_port"), 225);
      for (const f_port of [0, "0", undefined]) {
        await client.push("pump", { frm_payload: "AAA=", correlation_ids: ["t:1"], f_port });
        failsLike(await only(), "downlink-failed.no-f-port");
      }
    });

    it("fails both of a push when one has no FPort", async () => {
      const device = add();
      await client.push("pump", plain, { ...plain, f_port: 0 });
      const messages = await downs();
      assert.deepEqual(kinds(messages), ["down/failed", "down/failed"]);
      for (const message of messages)
        assert.deepEqual(errorOf(message), recordedError("downlink-failed.no-f-port"));
      assert.equal(device.queue.length, 0);
    });

    it("fails with the band's limit as text and the length as a number", async () => {
      add();
      const decoded_payload = { long: 243 };
      await client.push("pump", { decoded_payload, correlation_ids: ["t:1"] });
      failsLike(await only(), "downlink-failed.application-downlink-too-long");
    });

    it("fails with validation, cause and all, when an encoder makes more than 255 bytes", async () => {
      add();
      await client.push("pump", { decoded_payload: { long: 256 }, correlation_ids: ["t:1"] });
      failsLike(await only(), "downlink-failed.validation");
      const frm_payload = Buffer.alloc(256).toString("base64");
      await client.push("pump", { f_port: 20, frm_payload });
      assert.deepEqual(await downs(), []);
    });

    it("reads FPort and priority as texts or numbers, and ignores what it does not know", async () => {
      add();
      await client.push("pump", { ...plain, f_port: "2", priority: 3, colour: "red" });
      const message = await only();
      assert.equal(message.at("downlink_queued.f_port"), 2);
      assert.equal(message.at("downlink_queued.priority"), "NORMAL");
    });
  });

  describe("empty frames", () => {
    it("says nothing when frm_payload is empty and there are no fields", async () => {
      add();
      await client.push("pump", { f_port: 1, frm_payload: "" });
      assert.deepEqual(await downs(), []);
      assert.equal(fixture.server.records.at(-1)?.outcome, "no payload");
    });

    it("queues and sends one when there are fields and no encoder", async () => {
      const device = add({ formatters: {} });
      for (const frm_payload of [undefined, ""]) {
        const decoded_payload = { on: true };
        const correlation_ids = ["t:1"];
        await client.push("pump", { f_port: 15, frm_payload, decoded_payload, correlation_ids });
        assertLikeRecorded(await only(), "downlink-queued.empty");
        uplink(device);
        wait(5000);
        assertLikeRecorded(await only(), "downlink-sent.empty");
      }
    });

    it("encodes only value_N when the encoder is CayenneLPP, and drops all else", async () => {
      add({
        formatters: {
          encodeDownlink: encodeCayenneDownlink,
          decodeDownlink: decodeCayenneDownlink,
        },
      });
      await client.push("pump", { f_port: 3, decoded_payload: { digital_out_1: 1, value_2: 2.5 } });
      const message = await only();
      assert.equal(message.at("downlink_queued.frm_payload"), "AgD6");
      assert.deepEqual(message.at("downlink_queued.decoded_payload"), {
        digital_out_1: 1,
        value_2: 2.5,
      });
      await client.push("pump", { f_port: 3, decoded_payload: { colour: "red" } });
      assert.equal((await only()).at("downlink_queued.frm_payload"), undefined);
      await client.push("pump", { f_port: 3, frm_payload: "AgD6BA==" });
      assert.equal((await only()).at("downlink_queued.decoded_payload"), undefined);
    });

    it("takes the encoder's FPort without a word", async () => {
      add({
        formatters: { encodeDownlink: () => ({ framePayload: Uint8Array.of(1), fPort: 9 }) },
      });
      await client.push("pump", { f_port: 2, decoded_payload: { on: true } });
      assert.equal((await only()).at("downlink_queued.f_port"), 9);
    });
  });

  describe("in the window after an uplink", () => {
    it("says HIGHEST on sent whatever was asked, and what was asked on ack", async () => {
      const device = add();
      await client.push("pump", { ...confirmed, priority: "HIGH" });
      assertLikeRecorded(await only(), "downlink-queued.confirmed");
      uplink(device);
      wait(5000);
      const sent = await only();
      assertLikeRecorded(sent, "downlink-sent.confirmed");
      assert.equal(sent.at("downlink_sent.priority"), "HIGHEST");
      uplink(device, true);
      const ack = await only();
      assertLikeRecorded(ack, "downlink-ack.confirmed");
      assert.equal(ack.at("downlink_ack.priority"), "HIGH");
    });

    it("says the priority asked for, HIGH at most, when no MAC commands ride along", async () => {
      const device = add();
      for (const [asked, said] of [
        ["LOW", "LOW"],
        ["HIGHEST", "HIGH"],
      ]) {
        device.macCommandBytes = 0;
        await client.push("pump", { ...plain, priority: asked });
        uplink(device);
        wait(5000);
        assert.equal((await last()).at("downlink_sent.priority"), said);
      }
    });

    it("fails what is too long by the limit less the MAC commands, after the next was sent", async () => {
      const device = add({ spreadingFactor: 12, formatters: {} });
      const frm_payload = Buffer.alloc(120, 1).toString("base64");
      await client.push("pump", { f_port: 3, frm_payload }, plain);
      await downs();
      uplink(device);
      wait(5000);
      const [sent, failed] = await downs();
      assert.equal(sent?.at("downlink_sent.f_port"), 15);
      assert.deepEqual(failed?.at("downlink_failed.error.attributes"), { length: 120, max: "50" });
      assert.equal(failed.at("end_device_ids.dev_addr"), device.session?.devAddr);
    });

    it("sends MAC commands alone when they leave no room, which takes a frame counter", async () => {
      const device = add();
      device.macCommandBytes = 16;
      await client.push("pump", { ...plain, priority: "LOW" });
      uplink(device);
      wait(5000);
      assert.deepEqual(kinds(await downs()), ["down/queued"]);
      uplink(device);
      wait(5000);
      const sent = await only();
      assert.equal(sent.at("downlink_sent.f_cnt"), 2);
      assert.equal(sent.at("downlink_sent.priority"), "LOW");
    });

    it("uses up a frame counter to acknowledge a confirmed uplink", async () => {
      const device = add();
      fixture.server.network.uplink(device, { confirmed: true });
      await client.push("pump", plain);
      uplink(device);
      wait(5000);
      assert.equal((await last()).at("downlink_sent.f_cnt"), 2);
    });

    it("fails with the gateway's result as attribute", async () => {
      const device = add();
      device.gatewayRefusal = "TOO_LATE";
      await client.push("pump", plain);
      uplink(device);
      wait(5000);
      failsLike(await last(), "downlink-failed.transmission");
    });

    it("says neither sent nor failed when the gateway says nothing", async () => {
      const device = add({ hasTxAcknowledgement: false });
      await client.push("pump", plain);
      uplink(device);
      wait(600_000);
      assert.deepEqual(kinds(await downs()), ["down/queued"]);
    });
  });

  describe("confirmed", () => {
    const attempt = async (device: EndDevice): Promise<readonly Received[]> => {
      uplink(device);
      wait(5000);
      return downs();
    };

    it("says failed, without DevAddr and uplink ids, and then a last nack of the same", async () => {
      const device = add();
      await client.push("pump", confirmed);
      await downs();
      for (let count = 0; count < 8; count++) await attempt(device);
      uplink(device);
      const [failed, nack] = await downs();
      assert.ok(failed && nack);
      failsLike(failed, "downlink-failed.max-retries-reached.confirmed");
      assertLikeRecorded(nack, "downlink-nack.confirmed.attempt9");
      assert.deepEqual(await attempt(device), []);
    });

    it("counts one attempt more when confirmed_retry comes without attempt", async () => {
      for (const [retry, transmissions] of [
        [{ max_attempts: 2 }, 3],
        [{ attempt: 1, max_attempts: 2 }, 2],
      ] as const) {
        const device = add();
        await client.push("pump", { ...confirmed, confirmed_retry: retry });
        let sent = 0;
        let failed: Received | undefined;
        while (failed === undefined) {
          const messages = await attempt(device);
          sent += messages.filter(({ kind }) => kind === "down/sent").length;
          failed = messages.find(({ kind }) => kind === "down/failed");
        }
        assert.equal(sent, transmissions);
        failsLike(failed, "downlink-failed.max-retries-reached.confirmed.max-attempts");
      }
    });

    it("goes on being sent after a clear, and takes turns with what replaced it", async () => {
      const device = add();
      await client.push("pump", { ...confirmed, f_port: 16 });
      await attempt(device);
      await client.replace("pump");
      assert.deepEqual(device.queue, []);
      await client.replace("pump", { ...confirmed, f_port: 17 });
      const ports: unknown[] = [];
      for (let count = 0; count < 4; count++) {
        for (const message of await attempt(device)) {
          if (message.kind === "down/sent") ports.push(message.at("downlink_sent.f_port"));
        }
      }
      assert.deepEqual(ports, [17, 16, 17, 16]);
    });

    it("is answered by the first uplink after a re-join, and sent in the new session", async () => {
      const device = add();
      await client.push("pump", confirmed);
      await attempt(device);
      const before = device.session?.keyId;
      fixture.server.network.join(device);
      await all();
      const [nack, sent] = await attempt(device);
      assert.equal(nack?.at("downlink_nack.session_key_id"), before);
      assert.equal(sent?.at("downlink_sent.session_key_id"), device.session?.keyId);
      assert.equal(sent?.at("downlink_sent.f_cnt"), 1);
    });
  });

  describe("sessions", () => {
    it("sends what was queued before a re-join in the new session, without a new queued", async () => {
      const device = add();
      await client.push("pump", plain);
      await downs();
      fixture.server.network.join(device);
      const [join] = await all();
      assert.ok(join);
      assertLikeRecorded(withoutNetworkIds(join), "join-accept");
      uplink(device);
      wait(5000);
      const sent = await only();
      assert.equal(sent.kind, "down/sent");
      assert.equal(sent.at("downlink_sent.session_key_id"), device.session?.keyId);
    });

    it("holds class C back after a join until the first uplink, then sends 1.6 s apart", async () => {
      const device = add({ deviceClass: "C" });
      uplink(device);
      fixture.server.network.join(device);
      await client.push("pump", plain, plain, plain);
      wait(600_000);
      assert.deepEqual(kinds(await downs()), ["down/queued", "down/queued", "down/queued"]);
      const times: number[] = [];
      const from = fixture.clock.now();
      fixture.server.onDidPublish(({ key }) => {
        if (key === "downlink_sent") times.push(fixture.clock.now() - from);
      });
      uplink(device);
      wait(60_000);
      assert.deepEqual(times, [5000, 6600, 8200]);
      const sent = (await downs()).map((message) => message.at("downlink_sent.priority"));
      assert.deepEqual(sent, ["HIGHEST", undefined, undefined]);
    });
  });

  describe("class C", () => {
    const spoken = async (): Promise<EndDevice> => {
      const device = add({ deviceClass: "C" });
      uplink(device);
      wait(60_000);
      await all();
      return device;
    };

    it("sends with ids of its own instead of an uplink's", async () => {
      await spoken();
      await client.push("pump", plain);
      assertLikeRecorded(await only(), "downlink-queued.siren-c");
      wait(500);
      assertLikeRecorded(await only(), "downlink-sent.siren-c");
    });

    it("fails an absolute time that has passed at once, and sends one to come", async () => {
      await spoken();
      const past = new Date(fixture.clock.now() - 1).toISOString();
      await client.push("pump", { ...plain, class_b_c: { absolute_time: past } });
      failsLike(await only(), "downlink-failed.downlink-expired.class-bc.siren-c");
      const absolute_time = new Date(fixture.clock.now() + 6000).toISOString();
      await client.push("pump", { ...plain, class_b_c: { absolute_time } });
      assertLikeRecorded(await only(), "downlink-queued.class-bc.siren-c");
      wait(500);
      assert.equal((await only()).kind, "down/sent");
    });

    it("fails with fixed_paths, without an error id, when it does not know the gateway", async () => {
      await spoken();
      const gateways = [{ gateway_ids: { gateway_id: "eui-aa555a0000000009" } }];
      await client.push("pump", { ...plain, class_b_c: { gateways } });
      wait(500);
      const [queued, failed] = await downs();
      assert.equal(queued?.kind, "down/queued");
      assert.ok(failed);
      failsLike(failed, "downlink-failed.fixed-paths.class-bc.siren-c");
      fixture.server.network.addGateway("eui-aa555a0000000009");
      await client.push("pump", { ...plain, class_b_c: { gateways } });
      wait(500);
      assert.deepEqual(kinds(await downs()), ["down/queued", "down/sent"]);
    });

    it("measures by the data rate of its open window, without MAC commands", async () => {
      await spoken();
      const frm_payload = Buffer.alloc(100, 1).toString("base64");
      await client.push("pump", { ...plain, frm_payload });
      assert.deepEqual((await last()).at("downlink_failed.error.attributes"), {
        length: 100,
        max: "51",
      });
    });

    it("treats groups by their rules", async () => {
      add({ deviceClass: "C", isMulticast: true });
      await client.push("pump", plain);
      failsLike(await only(), "downlink-failed.no-downlink-path.group-1");
      const class_b_c = { gateways: [{ gateway_ids: { gateway_id: "roof-gw-1" } }] };
      await client.push("pump", { ...confirmed, class_b_c });
      failsLike(
        await only(),
        "downlink-failed.confirmed-multicast-downlink.confirmed.class-bc.group-1",
      );
      await client.push("pump", { ...plain, class_b_c });
      assertLikeRecorded(await only(), "downlink-queued.class-bc.group-1");
      wait(500);
      assertLikeRecorded(await only(), "downlink-sent.group-1");
    });
  });

  describe("an application that encrypts itself", () => {
    it("is refused every push without frame counter, with the smallest that is good", async () => {
      const device = add({ skipsPayloadCrypto: true });
      fixture.server.network.macOnlyDownlink(device);
      fixture.server.network.macOnlyDownlink(device);
      await downs();
      for (let count = 0; count < 2; count++) {
        await client.push("pump", plain);
        failsLike(await only(), "downlink-failed.f-cnt-too-low.own-crypto");
      }
    });

    it("is refused a session that is not the device's", async () => {
      const device = add({ skipsPayloadCrypto: true });
      if (device.session) device.session.usedFCntDown = 61;
      const session_key_id = "AAAAAAAAAAAAAAAAAAAAAA==";
      await client.push("pump", { ...plain, f_cnt: 70, session_key_id });
      failsLike(await only(), "downlink-failed.unknown-session.own-crypto");
    });

    it("is told of used-up frame counters also when it has nothing queued", async () => {
      const device = add({ skipsPayloadCrypto: true });
      fixture.server.network.macOnlyDownlink(device);
      assertLikeRecorded(await only(), "downlink-queue-invalidated");
    });

    it("sees its fields on queued and never again, and no retry after a nack", async () => {
      const device = add({ skipsPayloadCrypto: true });
      const own = { ...confirmed, f_cnt: 80, session_key_id: device.session?.keyId };
      await client.push("pump", own);
      assertLikeRecorded(await only(), "downlink-queued.confirmed.own-crypto");
      uplink(device);
      wait(5000);
      assertLikeRecorded(await only(), "downlink-sent.confirmed.own-crypto");
      uplink(device);
      const nack = await only();
      assertLikeRecorded(nack, "downlink-nack.confirmed.attempt1.own-crypto");
      assert.deepEqual(nack.at("downlink_nack.confirmed_retry"), { attempt: 1 });
      assert.deepEqual(device.queue, []);
    });
  });
});

function withoutNetworkIds(message: Received): Received {
  const body = JSON.parse(message.text) as { join_accept: Record<string, unknown> };
  delete body.join_accept.network_ids;
  return { ...message, text: JSON.stringify(body) };
}
