/** The life of downlinks on the simulated Application Server. Source: tts-mqtt §5.8–5.10, §6.3–6.5, §7. */
import assert from "node:assert/strict";
import { pumpFormatters } from "../../src/demo/devices/pumpController";
import type { EndDevice, EndDeviceOptions } from "../../src/demo/server/endDevice";
import { consoleRights } from "../../src/demo/server/apiKey";
import {
  closeClients,
  startServer,
  uid,
  watch,
  type Fixture,
  type Received,
  type TestClient,
} from "../support/demoClient";

const plain = { f_port: 15, frm_payload: "vu8=" };
const confirmed = { ...plain, confirmed: true };

describe("Application Server downlinks", () => {
  let fixture: Fixture;
  let client: TestClient;
  const begin = async (options: Parameters<typeof startServer>[0] = {}): Promise<void> => {
    fixture = await startServer(options);
    client = await watch(fixture);
  };
  const add = (options: Partial<EndDeviceOptions> = {}): EndDevice =>
    fixture.server.network.addEndDevice(uid, { deviceId: "dev1", ...options });
  const uplink = (device: EndDevice, acknowledges = false): void =>
    fixture.server.network.uplink(device, { acknowledges });
  const wait = (milliseconds: number): void => fixture.clock.advance(milliseconds);
  const kindsNow = async (): Promise<readonly string[]> =>
    (await client.rest(fixture.server)).map(({ kind }) => kind);
  beforeEach(() => begin());
  afterEach(async () => {
    closeClients();
    await fixture.server.close();
  });

  describe("queued", () => {
    it("echoes the request with the caller's correlation ids and an as:downlink id", async () => {
      add();
      await client.push("dev1", {
        ...confirmed,
        priority: "NORMAL",
        correlation_ids: ["zz:1", "aa:1", "zz:1"],
      });
      const message = await client.next();
      assert.equal(message.kind, "down/queued");
      const ids = message.at("correlation_ids");
      assert.ok(Array.isArray(ids));
      assert.deepEqual(
        ids.map((id) => String(id).replace(/[0-9A-Z]{26}$/, "<ULID>")),
        ["aa:1", "as:downlink:<ULID>", "zz:1"],
      );
      assert.deepEqual(message.at("downlink_queued"), {
        f_port: 15,
        frm_payload: "vu8=",
        confirmed: true,
        priority: "NORMAL",
        correlation_ids: ids,
        confirmed_retry: { attempt: 1 },
      });
    });

    it("leaves out what is zero when the request is minimal", async () => {
      add();
      await client.push("dev1", { f_port: 1, frm_payload: "AA==" });
      const ids = (await client.next()).at("downlink_queued");
      assert.deepEqual(Object.keys(ids as object), ["f_port", "frm_payload", "correlation_ids"]);
    });

    it("shows the encoded payload when decoded_payload is given", async () => {
      add({ formatters: pumpFormatters });
      await client.push("dev1", { f_port: 1, decoded_payload: { valve: "open", minutes: 300 } });
      const message = await client.next();
      assert.equal(message.at("downlink_queued.frm_payload"), "AQEs");
      assert.equal(message.at("downlink_queued.f_port"), 15);
      assert.deepEqual(message.at("downlink_queued.decoded_payload"), {
        valve: "open",
        minutes: 300,
      });
    });

    it("shows the decoded payload when frm_payload is given and there is a decoder", async () => {
      add({ formatters: pumpFormatters });
      await client.push("dev1", { f_port: 15, frm_payload: "AQEs" });
      const decoded = (await client.next()).at("downlink_queued.decoded_payload");
      assert.deepEqual(decoded, { valve: "open", minutes: 300 });
    });

    it("queues an empty payload when decoded_payload is given without an encoder", async () => {
      add();
      await client.push("dev1", { f_port: 1, decoded_payload: { valve: "open" } });
      const message = await client.next();
      assert.equal(message.kind, "down/queued");
      assert.equal(message.at("downlink_queued.frm_payload"), undefined);
    });

    it("comes once per downlink when a message holds several", async () => {
      add();
      await client.push("dev1", plain, confirmed);
      const [first, second] = [await client.next(), await client.next()];
      assert.deepEqual([first.kind, second.kind], ["down/queued", "down/queued"]);
      assert.notDeepEqual(first.at("correlation_ids"), second.at("correlation_ids"));
    });
  });

  describe("rejected at once", () => {
    const failure = (message: Received): unknown => [
      message.kind,
      message.at("downlink_failed.error.namespace"),
      message.at("downlink_failed.error.name"),
      message.at("downlink_failed.error.code"),
    ];

    it("fails each with no_f_port when one has none", async () => {
      add();
      await client.push("dev1", { frm_payload: "AQ==" }, plain);
      const expected = ["down/failed", "pkg/applicationserver", "no_f_port", 3];
      const [first, second] = [await client.next(), await client.next()];
      assert.deepEqual([failure(first), failure(second)], [expected, expected]);
      assert.equal(second.at("downlink_failed.downlink.frm_payload"), "vu8=");
      assert.equal(second.at("downlink_failed.downlink.f_cnt"), undefined);
      assert.match(String(second.at("downlink_failed.error.correlation_id")), /^[0-9a-f]{32}$/);
    });

    it("fails with no_device_session when the device never joined", async () => {
      add({ isActivated: false });
      await client.push("dev1", plain);
      const expected = ["down/failed", "pkg/applicationserver", "no_device_session", 9];
      const message = await client.next();
      assert.deepEqual(failure(message), expected);
      assert.equal(message.at("end_device_ids.dev_addr"), undefined);
    });

    it("fails with application_downlink_too_long when no data rate carries it", async () => {
      add();
      await client.push("dev1", { f_port: 1, frm_payload: Buffer.alloc(243).toString("base64") });
      const message = await client.next();
      assert.deepEqual(failure(message), [
        "down/failed",
        "pkg/networkserver",
        "application_downlink_too_long",
        3,
      ]);
      assert.deepEqual(message.at("downlink_failed.error.attributes"), { length: 243, max: "242" });
    });

    it("fails with downlink_queue_capacity when the queue is full", async () => {
      closeClients();
      await fixture.server.close();
      await begin({ maximumQueue: 2 });
      add();
      await client.push("dev1", plain, plain);
      await client.push("dev1", plain);
      await client.kinds(2);
      const expected = ["down/failed", "pkg/networkserver", "downlink_queue_capacity", 8];
      assert.deepEqual(failure(await client.next()), expected);
      await client.replace("dev1", plain, plain, plain);
      await client.kinds(3);
      assert.equal(fixture.server.network.endDevice(uid, "dev1")?.queue.length, 2);
    });

    it("fails with downlink_expired when absolute_time has passed", async () => {
      add({ deviceClass: "C" });
      await client.push("dev1", { ...plain, class_b_c: { absolute_time: "2026-02-23T07:59:59Z" } });
      const expected = ["down/failed", "pkg/networkserver", "downlink_expired", 9];
      assert.deepEqual(failure(await client.next()), expected);
    });

    it("fails by the rules of multicast when the device is one", async () => {
      add({ deviceClass: "C", isMulticast: true });
      await client.push("dev1", confirmed);
      await client.push("dev1", plain);
      assert.equal(
        (await client.next()).at("downlink_failed.error.name"),
        "confirmed_multicast_downlink",
      );
      assert.equal((await client.next()).at("downlink_failed.error.name"), "no_downlink_path");
    });
  });

  describe("class A", () => {
    it("sends one after each uplink, first in, first out, whatever the priority", async () => {
      const device = add();
      await client.push("dev1", plain, { ...plain, f_port: 16, priority: "HIGHEST" });
      await client.kinds(2);
      assert.deepEqual(await kindsNow(), []);
      uplink(device);
      wait(4999);
      assert.deepEqual(await kindsNow(), ["up"]);
      wait(1);
      const first = await client.next();
      assert.equal(first.at("downlink_sent.f_port"), 15);
      assert.equal(first.at("downlink_sent.f_cnt"), 1);
      wait(60_000);
      assert.deepEqual(await kindsNow(), []);
      uplink(device);
      wait(5000);
      assert.equal((await client.next()).kind, "up");
      const second = await client.next();
      assert.equal(second.at("downlink_sent.f_port"), 16);
      assert.equal(second.at("downlink_sent.f_cnt"), 2);
      assert.equal(second.at("downlink_sent.priority"), "HIGHEST");
    });

    it("extends the correlation ids of sent, inside and outside", async () => {
      const device = add();
      await client.push("dev1", { ...confirmed, correlation_ids: ["mine:1"] });
      uplink(device);
      wait(5000);
      await client.kinds(2);
      const sent = await client.next();
      const ids = sent.at("correlation_ids") as readonly string[];
      const kinds = ids.map((id) => id.split(":").slice(0, -1).join(":"));
      assert.deepEqual(kinds, [
        "as:downlink",
        "gs:tx_ack",
        "gs:uplink",
        "mine",
        "ns:transmission",
        "rpc:/ttn.lorawan.v3.GsNs/HandleUplink",
        "rpc:/ttn.lorawan.v3.GsNs/ReportTxAcknowledgment",
        "rpc:/ttn.lorawan.v3.NsAs/HandleUplink",
        "rpc:/ttn.lorawan.v3.NsGs/ScheduleDownlink",
      ]);
      assert.deepEqual(
        sent.at("downlink_sent.correlation_ids"),
        ids.filter((id) => !id.includes("NsAs")),
      );
      assert.equal(sent.at("downlink_sent.confirmed_retry"), undefined);
      assert.equal(sent.at("downlink_sent.session_key_id"), device.session?.keyId);
    });

    it("blocks the queue when class_b_c is set, until replace", async () => {
      const device = add();
      await client.push("dev1", { ...plain, class_b_c: {} }, plain);
      assert.deepEqual((await client.next()).at("downlink_queued.class_b_c"), {});
      await client.next();
      uplink(device);
      wait(5000);
      assert.deepEqual(await kindsNow(), ["up"]);
      await client.replace("dev1", plain);
      uplink(device);
      wait(5000);
      assert.deepEqual(await kindsNow(), ["down/queued", "up", "down/sent"]);
    });

    it("fails with application_downlink_too_long at transmission and sends the next", async () => {
      const device = add({ spreadingFactor: 12 });
      const long = Buffer.alloc(52).toString("base64");
      await client.push("dev1", { f_port: 20, frm_payload: long, priority: "HIGH" }, plain);
      assert.deepEqual(await client.kinds(2), ["down/queued", "down/queued"]);
      uplink(device);
      wait(5000);
      assert.equal((await client.next()).kind, "up");
      assert.equal((await client.next()).at("downlink_sent.f_port"), 15);
      const failed = await client.next();
      assert.equal(failed.at("downlink_failed.error.name"), "application_downlink_too_long");
      assert.deepEqual(failed.at("downlink_failed.error.attributes"), { length: 52, max: "50" });
      assert.equal(failed.at("downlink_failed.downlink.f_cnt"), 1);
      assert.match(String(failed.at("correlation_ids")), /gs:uplink/);
      assert.doesNotMatch(
        String(failed.at("downlink_failed.downlink.correlation_ids")),
        /gs:uplink/,
      );
    });

    it("keeps a downlink queued while MAC commands leave no room for it", async () => {
      const device = add({ maximumPayload: 10 });
      device.macCommandBytes = 5;
      await client.push("dev1", { f_port: 1, frm_payload: Buffer.alloc(8).toString("base64") });
      uplink(device);
      wait(5000);
      assert.deepEqual(await kindsNow(), ["down/queued", "up"]);
      device.macCommandBytes = 0;
      uplink(device);
      wait(5000);
      assert.deepEqual(await kindsNow(), ["up", "down/sent"]);
    });

    it("fails with transmission when the gateway refuses", async () => {
      const device = add();
      device.gatewayRefusal = "TOO_LATE";
      await client.push("dev1", confirmed);
      uplink(device);
      wait(5000);
      await client.kinds(2);
      const failed = await client.next();
      assert.equal(failed.at("downlink_failed.error.name"), "transmission");
      assert.equal(failed.at("downlink_failed.error.code"), 2);
      assert.deepEqual(failed.at("downlink_failed.error.attributes"), { result: "TOO_LATE" });
      uplink(device);
      assert.deepEqual(await kindsNow(), ["up"]);
    });

    it("never says sent when the gateway does not acknowledge transmissions", async () => {
      const device = add({ hasTxAcknowledgement: false });
      await client.push("dev1", confirmed);
      uplink(device);
      wait(5000);
      uplink(device, true);
      assert.deepEqual(await kindsNow(), ["down/queued", "up", "down/ack", "up"]);
    });
  });

  describe("class B and C", () => {
    it("sends at once, but only after the first uplink of the session", async () => {
      const device = add({ deviceClass: "C" });
      await client.push("dev1", plain);
      wait(60_000);
      assert.deepEqual(await kindsNow(), ["down/queued"]);
      uplink(device);
      wait(5000);
      assert.deepEqual(await kindsNow(), ["up", "down/sent"]);
      wait(1600);
      await client.push("dev1", plain, plain);
      await client.kinds(2);
      wait(500 + 1600);
      const sent = await client.next();
      assert.equal(sent.kind, "down/sent");
      assert.doesNotMatch(String(sent.at("correlation_ids")), /gs:uplink/);
      assert.equal((await client.next()).kind, "down/sent");
      fixture.server.network.join(device);
      await client.push("dev1", plain);
      wait(60_000);
      assert.deepEqual(await kindsNow(), ["join", "down/queued"]);
    });

    it("holds the next one back until a confirmed one is answered or timed out", async () => {
      const device = add({ deviceClass: "C" });
      uplink(device);
      await client.push("dev1", confirmed, plain);
      wait(60_000);
      assert.deepEqual(await kindsNow(), ["up", "down/queued", "down/queued", "down/sent"]);
      uplink(device, true);
      wait(5000);
      assert.deepEqual(await kindsNow(), ["down/ack", "up", "down/sent"]);
      await client.push("dev1", confirmed, plain);
      wait(1600);
      assert.deepEqual(await kindsNow(), ["down/queued", "down/queued", "down/sent"]);
      wait(300_500);
      assert.deepEqual(await kindsNow(), ["down/sent"]);
    });

    it("says sent when a gateway takes it, seconds before its absolute_time", async () => {
      const device = add({ deviceClass: "C" });
      const onAir: number[] = [];
      fixture.server.network.onDidTransmit(() => onAir.push(fixture.clock.now()));
      uplink(device);
      const absolute_time = "2026-02-23T09:00:30+01:00";
      await client.push("dev1", { ...plain, class_b_c: { absolute_time } });
      wait(19_999);
      assert.deepEqual(await kindsNow(), ["up", "down/queued"]);
      wait(1);
      assert.deepEqual(await kindsNow(), ["down/sent"]);
      assert.deepEqual(onAir, []);
      wait(10_000);
      assert.deepEqual(onAir, [Date.parse(absolute_time)]);
    });

    it("waits for the ping slot when the device is class B", async () => {
      const device = add({ deviceClass: "B" });
      uplink(device);
      await client.push("dev1", plain);
      wait(8000);
      assert.deepEqual(await kindsNow(), ["up", "down/queued", "down/sent"]);
    });
  });

  describe("confirmed", () => {
    const sendConfirmed = async (device: EndDevice, retry: object = {}): Promise<void> => {
      await client.push("dev1", { ...confirmed, correlation_ids: ["mine:1"], ...retry });
      uplink(device);
      wait(5000);
    };

    it("is acknowledged ahead of the uplink that says so", async () => {
      const device = add();
      await sendConfirmed(device);
      await client.kinds(3);
      uplink(device, true);
      const ack = await client.next();
      assert.equal(ack.kind, "down/ack");
      assert.deepEqual(ack.at("downlink_ack.confirmed_retry"), { attempt: 1 });
      assert.equal(ack.at("downlink_ack.f_cnt"), 1);
      assert.match(String(ack.at("correlation_ids")), /as:downlink:.*gs:uplink:.*mine:1/);
      assert.doesNotMatch(String(ack.at("downlink_ack.correlation_ids")), /gs:uplink/);
      assert.equal((await client.next()).kind, "up");
    });

    it("is queued again without a new queued when the uplink does not say so", async () => {
      const device = add();
      await sendConfirmed(device);
      await client.push("dev1", plain);
      await client.kinds(4);
      uplink(device);
      const nack = await client.next();
      assert.equal(nack.kind, "down/nack");
      assert.deepEqual(nack.at("downlink_nack.confirmed_retry"), { attempt: 2 });
      assert.equal(nack.at("downlink_nack.f_cnt"), 1);
      wait(5000);
      await client.next();
      assert.equal((await client.next()).at("downlink_sent.f_cnt"), 2); // the other came first: tail
      uplink(device);
      wait(5000);
      await client.next();
      const again = await client.next();
      assert.equal(again.at("downlink_sent.f_cnt"), 3);
      assert.match(String(again.at("downlink_sent.correlation_ids")), /mine:1/);
    });

    for (const { context, retry, transmissions, limit, last } of [
      { context: "nothing is asked", retry: {}, transmissions: 8, limit: 8, last: 9 },
      {
        context: "max_attempts and attempt are given",
        retry: { confirmed_retry: { attempt: 1, max_attempts: 2 } },
        transmissions: 2,
        limit: 2,
        last: 3,
      },
      {
        context: "max_attempts is given without attempt",
        retry: { confirmed_retry: { max_attempts: 2 } },
        transmissions: 3,
        limit: 2,
        last: 3,
      },
    ]) {
      it(`fails after ${transmissions} transmissions with a final nack when ${context}`, async () => {
        const device = add();
        await sendConfirmed(device, retry);
        for (let transmission = 0; transmission < transmissions; transmission++) {
          uplink(device);
          wait(5000);
        }
        const messages = await client.rest(fixture.server);
        const kinds = messages.map(({ kind }) => kind);
        assert.equal(kinds.filter((kind) => kind === "down/sent").length, transmissions);
        assert.equal(kinds.filter((kind) => kind === "down/queued").length, 1);
        assert.deepEqual(kinds.slice(-3), ["down/failed", "down/nack", "up"]);
        const [failed, nack] = messages.slice(-3);
        assert.equal(failed?.at("downlink_failed.error.name"), "max_retries_reached");
        assert.deepEqual(failed.at("downlink_failed.error.attributes"), {
          max_retries: String(limit),
        });
        assert.equal(nack?.at("downlink_nack.confirmed_retry.attempt"), last);
      });
    }

    it("stays pending when the device is silent", async () => {
      const device = add();
      await sendConfirmed(device);
      await client.kinds(3);
      wait(86_400_000);
      assert.deepEqual(await kindsNow(), []);
    });
  });

  describe("replace", () => {
    it("drops the old queue without a word and appends the new", async () => {
      const device = add();
      await client.push("dev1", plain, plain);
      await client.replace("dev1", { ...plain, f_port: 99 });
      assert.deepEqual(await kindsNow(), ["down/queued", "down/queued", "down/queued"]);
      assert.deepEqual(
        device.queue.map(({ fPort }) => fPort),
        [99],
      );
    });

    for (const body of ['{"downlinks":[]}', "{}", '{"downlink":[]}', '{"downlinks":null}']) {
      it(`clears the queue in silence when the body is ${body}`, async () => {
        const device = add();
        await client.push("dev1", plain);
        await client.publish(`v3/${uid}/devices/dev1/down/replace`, body);
        assert.deepEqual(await kindsNow(), ["down/queued"]);
        assert.deepEqual(device.queue, []);
      });
    }

    it("fails in silence when it is empty and the device has no session", async () => {
      add({ isActivated: false });
      await client.replace("dev1");
      assert.deepEqual(await kindsNow(), []);
      assert.equal(fixture.server.records.at(-1)?.outcome, "failed");
    });

    it("keeps the old queue when it is refused", async () => {
      const device = add();
      await client.push("dev1", plain);
      await client.replace("dev1", {
        f_port: 1,
        frm_payload: Buffer.alloc(250).toString("base64"),
      });
      assert.deepEqual(await kindsNow(), ["down/queued", "down/failed"]);
      assert.equal(device.queue.length, 1);
    });

    it("does not recall what is handed to a gateway or waits for its acknowledgement", async () => {
      const device = add();
      await client.push("dev1", confirmed);
      uplink(device);
      await client.replace("dev1");
      wait(5000);
      await client.replace("dev1");
      uplink(device);
      wait(5000);
      const expected = ["down/queued", "up", "down/sent", "down/nack", "up", "down/sent"];
      assert.deepEqual(await kindsNow(), expected);
    });
  });

  describe("sessions", () => {
    it("encrypts the queue anew when the device joins", async () => {
      const device = add();
      await client.push("dev1", { ...plain, correlation_ids: ["mine:1"] });
      const before = device.session?.keyId;
      fixture.server.network.join(device);
      uplink(device);
      wait(5000);
      await client.next();
      const join = await client.next();
      assert.equal(join.kind, "join");
      assert.equal(join.at("end_device_ids.dev_addr"), device.session?.devAddr);
      assert.equal((await client.next()).kind, "up");
      const sent = await client.next();
      assert.notEqual(sent.at("downlink_sent.session_key_id"), before);
      assert.equal(sent.at("downlink_sent.session_key_id"), device.session?.keyId);
      assert.match(String(sent.at("correlation_ids")), /mine:1/);
    });

    it("re-encrypts an invalidated queue in silence", async () => {
      const device = add();
      await client.push("dev1", plain);
      fixture.server.network.macOnlyDownlink(device);
      assert.deepEqual(await kindsNow(), ["down/queued"]);
      assert.equal(device.queue[0]?.fCnt, 2);
    });

    it("publishes an invalidated queue when payload crypto is skipped", async () => {
      const device = add({ skipsPayloadCrypto: true });
      const session_key_id = device.session?.keyId;
      await client.push("dev1", { ...plain, f_cnt: 1, session_key_id }, { ...plain, f_cnt: 9 });
      const queued = await client.next();
      assert.equal(queued.at("downlink_queued.f_cnt"), 1);
      assert.equal(queued.at("downlink_queued.session_key_id"), session_key_id);
      await client.next();
      fixture.server.network.macOnlyDownlink(device);
      const message = await client.next();
      assert.equal(message.kind, "down/invalidated");
      assert.equal(message.at("downlink_queue_invalidated.last_f_cnt_down"), 1);
      assert.equal(message.at("downlink_queue_invalidated.downlinks.0.f_cnt"), 1);
      assert.equal(message.at("downlink_queue_invalidated.downlinks.1"), undefined);
      assert.deepEqual(
        device.queue.map(({ fCnt }) => fCnt),
        [9],
      );
    });
  });

  it("reports to every client of the application what one of them sends", async () => {
    add();
    const key = fixture.server.addApiKey(uid, consoleRights);
    const other = await watch({ ...fixture, key });
    await client.push("dev1", plain);
    assert.equal((await client.next()).text, (await other.next()).text);
  });
});
