/** The simulated server's HTTP API against the answers of a real one, status by status and shape by shape. Source: real-http. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { startDemoNetwork } from "../../src/demo/demoNetwork";
import { Random } from "../../src/demo/random";
import {
  createApplicationServer,
  type ApplicationServer,
} from "../../src/demo/server/applicationServer";
import type { Right } from "../../src/demo/server/apiKey";
import type { EndDevice } from "../../src/demo/server/endDevice";
import { wireJson } from "../../src/demo/server/wireJson";
import { createFormatter } from "../../src/formatters/createFormatter";
import { closeClients, login, valueAt } from "../support/demoClient";
import { callHttp, HttpStream, type HttpAnswer } from "../support/httpCaller";
import { ManualClock } from "../support/manualClock";
import { shapeOf } from "../support/wireShape";

interface Recorded extends HttpAnswer {
  readonly name: string;
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly answer: string;
}

const folder = path.join("test", "fixtures", "real-http");
const read = (name: string): readonly string[] =>
  readFileSync(path.join(folder, name), "utf8")
    .split("\n")
    .filter((line) => line !== "");
const recorded = read("answers.jsonl").map((line) => JSON.parse(line) as Recorded);
const recordedEvents = read("events.txt");

const kinds: Readonly<Record<string, readonly Right[]>> = {
  mqtt: ["RIGHT_APPLICATION_TRAFFIC_READ", "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"],
  read: ["RIGHT_APPLICATION_TRAFFIC_READ"],
  write: ["RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"],
  info: ["RIGHT_APPLICATION_INFO"],
  all: ["RIGHT_APPLICATION_ALL"],
};
const uid = "soil-lab";
const pumpPath = `/api/v3/as/applications/${uid}/devices/pump`;

describe("Application Server over HTTP", () => {
  let server: ApplicationServer;
  let clock: ManualClock;
  let keys: Record<string, string>;
  let pump: EndDevice;
  const streams: HttpStream[] = [];

  beforeEach(async () => {
    clock = new ManualClock();
    server = await createApplicationServer({ clock, random: new Random(3), createFormatter });
    server.addApplication({ uid });
    server.addApplication({ uid: "other-app" });
    keys = { other: server.addApiKey("other-app") };
    for (const [kind, rights] of Object.entries(kinds)) keys[kind] = server.addApiKey(uid, rights);
    const { network } = server;
    network.addEndDevice(uid, { deviceId: "abp-meter", isPersonalized: true });
    network.addEndDevice(uid, { deviceId: "never-joined", isActivated: false });
    pump = network.addEndDevice(uid, { deviceId: "pump" });
    const tracker = network.addEndDevice(uid, {
      deviceId: "tracker",
      attributes: { site: "barn" },
      formatters: {
        decodeUplink: () => ({ data: { latitude: 52.2, longitude: 4.8, altitude: 7 } }),
      },
    });
    tracker.locations.user = {
      ...{ latitude: 52.1, longitude: 4.9, altitude: 3, source: "SOURCE_REGISTRY" },
    };
    const meter = network.endDevice(uid, "abp-meter");
    for (const device of [meter, pump, tracker]) if (device) network.uplink(device);
    network.uplink(pump);
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    closeClients();
    await server.close();
  });

  const call = (
    method: string,
    where: string,
    key: string | undefined,
    body?: unknown,
  ): Promise<HttpAnswer> => callHttp({ port: server.httpPort, method, path: where, key, body });
  const jsonOf = ({ text }: HttpAnswer): unknown => JSON.parse(text);
  const listen = async (key = keys.mqtt): Promise<HttpStream> => {
    const body = { identifiers: [{ application_ids: { application_id: uid } }], tail: 3 };
    const where = { port: server.httpPort, path: "/api/v3/events" };
    const stream = await HttpStream.open({ ...where, method: "POST", key, body });
    streams.push(stream);
    return stream;
  };

  describe("as recorded", () => {
    /** What the recorded body was before it was cut for the record. */
    const bodyOf = ({ name, body }: Recorded): unknown =>
      name === "too-large"
        ? { link: { default_formatters: { up_formatter_parameter: "x".repeat(41_000) } } }
        : body;

    for (const kind of [...Object.keys(kinds), "none"]) {
      it(`answers every call of the key "${kind}" with the same status and the same names`, async () => {
        const cayenne = "FORMATTER_CAYENNELPP";
        const link = { default_formatters: { up_formatter: cayenne, down_formatter: cayenne } };
        await call("PUT", `/api/v3/as/applications/${uid}/link`, keys.all, { link });
        await call("POST", `${pumpPath}/down/push`, keys.all, {
          downlinks: [{ f_port: 1, frm_payload: "AQ==" }],
        });
        await call("POST", `${pumpPath}/down/replace`, keys.all, { downlinks: [] });
        const calls = recorded.filter(({ key }) => key === kind);
        assert.ok(calls.length >= 2);
        for (const each of calls) {
          if (each.name === "events") {
            const stream = await listen(keys[kind]);
            assert.equal(stream.contentType, each.contentType, each.name);
            assertSameShape(await stream.next(), each.answer, each.name);
            continue;
          }
          const answer = await call(each.method, each.path, keys[kind], bodyOf(each));
          assert.equal(answer.status, each.status, `${each.name}: ${answer.text}`);
          assert.equal(answer.contentType, each.contentType, each.name);
          assertSameShape(answer.text, each.answer, each.name);
        }
      });
    }

    it("lists the same rights for each kind of key", async () => {
      for (const { key, answer } of recorded.filter(({ name }) => name === "rights")) {
        const got = jsonOf(await call("GET", `/api/v3/applications/${uid}/rights`, keys[key]));
        assert.deepEqual(
          sorted(valueAt(got, "rights")),
          sorted(valueAt(JSON.parse(answer), "rights")),
        );
      }
    });

    it("says 200 {} of rights with a key of another application and of no application at all", async () => {
      for (const [application, key] of [
        [uid, keys.other],
        ["no-such-app", keys.mqtt],
        [uid, undefined],
      ] as const) {
        const answer = await call("GET", `/api/v3/applications/${application}/rights`, key);
        assert.deepEqual([answer.status, answer.text], [200, "{}"]);
      }
    });

    it("puts spaces in events as the real one: every recorded line comes out the same", () => {
      assert.ok(recordedEvents.length >= 10);
      for (const line of recordedEvents) assert.equal(wireJson(JSON.parse(line)), line);
    });
  });

  describe("refusals", () => {
    const queue = `${pumpPath}/down`;
    it("says 401 to a wrong and to an expired key, also for rights", async () => {
      const expired = `NNSXS.${"A".repeat(39)}.${"B".repeat(52)}`;
      const rights = { [uid]: kinds.mqtt ?? [] };
      server.addKnownApiKey({ key: expired, rights, expiresAt: clock.now() });
      for (const key of [expired, "NNSXS.WRONG.KEY", "x"]) {
        for (const where of [queue, `/api/v3/applications/${uid}/rights`]) {
          const answer = await call("GET", where, key);
          assert.equal(answer.status, 401);
          assert.equal(valueAt(jsonOf(answer), "code"), 16);
        }
      }
    });

    it("says 403 with what is missing, or that there are no rights at all", async () => {
      for (const [method, where, kind, missing] of [
        ["GET", queue, "write", "RIGHT_APPLICATION_TRAFFIC_READ"],
        ["POST", `${queue}/push`, "read", "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"],
        ["POST", `${queue}/replace`, "info", "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"],
        ["GET", queue, "other", undefined],
      ] as const) {
        const answer = await call(method, where, keys[kind], { downlinks: [] });
        assert.equal(answer.status, 403, where);
        const found = valueAt(jsonOf(answer), "details.0.attributes.missing");
        assert.deepEqual(found, missing === undefined ? undefined : [missing]);
      }
      assert.equal((await call("GET", queue, undefined)).status, 403);
    });

    it("says 404 for an end device and an application that are not there", async () => {
      const answer = await call("GET", queue.replace("pump", "no-such"), keys.mqtt);
      assert.equal(answer.status, 404);
      assert.equal(valueAt(jsonOf(answer), "details.0.name"), "device_not_found");
    });

    const item = { f_port: 3, frm_payload: "AQ==" };
    for (const { what, downlink, status, name } of [
      { what: "FPort 224", downlink: { ...item, f_port: 224 }, status: 400, name: "validation" },
      { what: "FPort 256", downlink: { ...item, f_port: 256 }, status: 400, name: "validation" },
      { what: "no FPort", downlink: { frm_payload: "AQ==" }, status: 400, name: "no_f_port" },
      { what: "no payload", downlink: { f_port: 3 }, status: 400, name: "no_payload" },
      {
        what: "an empty payload alone",
        downlink: { f_port: 3, frm_payload: "" },
        status: 400,
        name: "no_payload",
      },
      {
        what: "too many bytes",
        downlink: { ...item, frm_payload: Buffer.alloc(243).toString("base64") },
        status: 400,
        name: "application_downlink_too_long",
      },
    ]) {
      it(`says ${status} ${name} to a push with ${what}, which MQTT swallows or tells otherwise`, async () => {
        const answer = await call("POST", `${queue}/push`, keys.mqtt, { downlinks: [downlink] });
        assert.equal(answer.status, status);
        const body = jsonOf(answer);
        assert.equal(valueAt(body, "details.0.name"), name);
        assert.match(
          String(valueAt(body, "message")),
          new RegExp(`^error:pkg/[a-z]+:${name} \\([^{}]+\\)$`),
        );
        assert.equal(pump.queue.length, 0);
      });
    }

    it("says 400 to what is no JSON, 404 to what it does not have, and cuts what is too long", async () => {
      assert.equal((await call("POST", `${queue}/push`, keys.mqtt, "BEEF")).status, 400);
      assert.equal((await call("DELETE", queue, keys.mqtt)).status, 404);
      await assert.rejects(call("POST", `${queue}/push`, keys.mqtt, "x".repeat(1_000_000)));
      assert.equal((await call("GET", queue, keys.mqtt)).status, 200);
    });

    it("does not answer to another name: a web page that leads here learns nothing", async () => {
      const headers = { host: "evil.example.com" };
      const where = { port: server.httpPort, path: queue, key: keys.mqtt, headers };
      assert.equal((await callHttp(where)).status, 404);
    });
  });

  describe("downlinks", () => {
    it("tells clients of MQTT what was pushed over HTTP, and shows the queue in sending order", async () => {
      const client = await login({ port: server.port, username: uid, password: keys.mqtt ?? "" });
      await client.subscribe("#");
      const downlinks = [
        { f_port: 3, frm_payload: "AQ==", correlation_ids: ["r:push"] },
        { f_port: 4, frm_payload: "Ag==", confirmed: true },
      ];
      await call("POST", `${pumpPath}/down/push`, keys.mqtt, { downlinks });
      const ids = (await client.next()).at("correlation_ids");
      assert.match(String(ids), /r:push.*rpc:\/ttn.lorawan.v3.AppAs\/DownlinkQueuePush:/);
      const queue = async (): Promise<unknown> => {
        const found = valueAt(
          jsonOf(await call("GET", `${pumpPath}/down`, keys.mqtt)),
          "downlinks",
        );
        return Array.isArray(found)
          ? found.map((each) => valueAt(each, "f_port") as number)
          : found;
      };
      assert.deepEqual(await queue(), [3, 4]);
      server.network.uplink(pump);
      assert.deepEqual(await queue(), [4]);
      clock.advance(5000);
      server.network.uplink(pump);
      clock.advance(5000);
      // Transmitted and waiting for its ack: not in the queue, and no clear stops it.
      assert.deepEqual(await queue(), undefined);
      await call("POST", `${pumpPath}/down/replace`, keys.mqtt, { downlinks: [] });
      server.network.uplink(pump);
      clock.advance(0);
      while ((await client.next()).kind !== "down/nack") continue;
    });
  });

  describe("formatters", () => {
    const ids = { application_ids: { application_id: uid }, device_id: "pump" };
    const uplink = {
      f_port: 2,
      frm_payload: "AQI=",
      rx_metadata: [{ gateway_ids: { gateway_id: "test" } }],
      settings: {
        data_rate: { lora: { bandwidth: 125_000, spreading_factor: 7 } },
        frequency: "868100000",
      },
    };
    const decode = (parameter: string, more: object = {}): Promise<HttpAnswer> =>
      call("POST", `${pumpPath}/up/decode`, keys.mqtt, {
        ...{ end_device_ids: ids, uplink, formatter: "FORMATTER_JAVASCRIPT", parameter, ...more },
      });

    it("runs a script on an uplink, with warnings and normalized payload", async () => {
      const script = `function decodeUplink(i) { return { data: { n: i.bytes.length, t: 21.5 }, warnings: ["w"] } }
        function normalizeUplink(i) { return { data: { air: { temperature: i.data.t } } } }`;
      const answer = await decode(script);
      assert.equal(answer.status, 200);
      assert.deepEqual(jsonOf(answer), {
        uplink: {
          ...uplink,
          decoded_payload: { n: 2, t: 21.5 },
          decoded_payload_warnings: ["w"],
          normalized_payload: [{ air: { temperature: 21.5 } }],
        },
      });
    });

    it("says 409 with the script's error, and its own errors", async () => {
      const thrown = await decode(`function decodeUplink() { throw new Error("boom") }`);
      assert.equal(thrown.status, 409);
      const details = valueAt(jsonOf(thrown), "details.0");
      assert.equal(valueAt(details, "namespace"), "pkg/scripting/javascript");
      assert.equal(valueAt(details, "name"), "script");
      assert.equal(valueAt(details, "message_format"), "{message}");
      assert.match(String(valueAt(details, "attributes.message")), /^Error: boom/);
      const returned = await decode(`function decodeUplink() { return { errors: ["bad frame"] } }`);
      assert.equal(returned.status, 409);
      assert.deepEqual(valueAt(jsonOf(returned), "details.0.attributes"), { errors: "bad frame" });
      const { text } = returned;
      assert.ok(text.includes("error:pkg/messageprocessors/javascript:output_errors (bad frame)"));
    });

    it("says 400 without gateway ids, data rate or frequency, and to a script that is too long", async () => {
      const script = "function decodeUplink() { return { data: {} } }";
      for (const lacks of [{ rx_metadata: [{}] }, { settings: {} }, { rx_metadata: undefined }]) {
        const answer = await decode(script, { uplink: { ...uplink, ...lacks } });
        assert.equal(answer.status, 400);
      }
      assert.equal((await decode(`${script}//${"x".repeat(41_000)}`)).status, 400);
    });

    it("decodes a downlink with a script and with CayenneLPP", async () => {
      const where = `${pumpPath}/down/decode`;
      const downlink = { f_port: 2, frm_payload: "AgD6" };
      const script = `function decodeDownlink(i) { return { data: { a: i.bytes[0] } } }`;
      for (const [formatter, parameter, fields] of [
        ["FORMATTER_JAVASCRIPT", script, { a: 2 }],
        ["FORMATTER_CAYENNELPP", "", { value_2: 2.5 }],
      ] as const) {
        const body = { end_device_ids: ids, downlink, formatter, parameter };
        const answer = jsonOf(await call("POST", where, keys.mqtt, body));
        assert.deepEqual(answer, { downlink: { ...downlink, decoded_payload: fields } });
      }
    });
  });

  describe("events", () => {
    const recordedOf = (name: string): string => {
      const line = recordedEvents.find((each) => each.includes(`"name":"${name}"`));
      assert.ok(line, name);
      return line;
    };
    const nextOf = async (stream: HttpStream, name: string): Promise<string> => {
      for (;;) {
        const line = await stream.next();
        if (valueAt(JSON.parse(line), "result.name") === name) return line;
      }
    };

    it("tells what came in over MQTT, with both kinds of ids, and why it was dropped", async () => {
      const stream = await listen();
      const client = await login({ port: server.port, username: uid, password: keys.mqtt ?? "" });
      const topic = `v3/${uid}/devices/pump/down/push`;
      const downlinks = [{ f_port: 2, frm_payload: "AQ==", correlation_ids: ["e:ok"] }];
      await client.publish(topic, { downlinks });
      const received = await nextOf(stream, "as.down.data.receive");
      assertSameShape(received, recordedOf("as.down.data.receive"), "receive");
      const inner = valueAt(JSON.parse(received), "result.data.correlation_ids");
      const outer = valueAt(JSON.parse(received), "result.correlation_ids");
      assert.deepEqual(inner, [...(outer as string[]), "e:ok"]);
      await client.publish(topic, { downlinks: [{ frm_payload: "AQ==" }] });
      const dropped = await nextOf(stream, "as.down.data.drop");
      assertSameShape(dropped, recordedOf("as.down.data.drop"), "drop");
    });

    it("tells why fields were not encoded and bytes not decoded", async () => {
      const stream = await listen();
      server.network.addEndDevice(uid, {
        deviceId: "pump",
        formatters: {
          encodeDownlink: () => ({ problem: "cannot" }),
          decodeDownlink: () => undefined,
          decodeUplink: () => ({ problem: "bad frame" }),
        },
      });
      const post = (downlink: object): Promise<HttpAnswer> =>
        call("POST", `${pumpPath}/down/push`, keys.mqtt, { downlinks: [downlink] });
      assert.equal((await post({ f_port: 2, decoded_payload: { on: true } })).status, 409);
      const encode = await nextOf(stream, "as.down.data.encode.fail");
      assertSameShape(encode, recordedOf("as.down.data.encode.fail"), "encode.fail");
      assert.equal((await post({ f_port: 2, frm_payload: "AQ==" })).status, 200);
      const decode = await nextOf(stream, "as.down.data.decode.fail");
      assertSameShape(decode, recordedOf("as.down.data.decode.fail"), "decode.fail");
    });

    it("tells why an uplink has no fields, before it is forwarded", async () => {
      const stream = await listen();
      const device = server.network.addEndDevice(uid, {
        deviceId: "pump",
        formatters: { decodeUplink: () => ({ problem: "bad frame" }) },
      });
      const rxMetadata = [
        { gateway_ids: { gateway_id: "test" }, rssi: -42, channel_rssi: -42, snr: 4.2 },
      ];
      const framePayload = Uint8Array.of(1, 2);
      server.network.uplink(device, { simulated: true, rxMetadata, framePayload, fPort: 7 });
      const failed = await nextOf(stream, "as.up.data.decode.fail");
      const expected = recordedEvents.find((line) => line.includes("bad frame")) ?? "";
      assertSameShape(failed, expected, "decode.fail");
      assert.ok(failed.includes('"attributes":{"errors":"bad frame"}'));
      const forwarded = await nextOf(stream, "as.up.data.forward");
      assert.deepEqual(
        valueAt(JSON.parse(forwarded), "result.correlation_ids"),
        valueAt(JSON.parse(failed), "result.correlation_ids"),
      );
    });

    it("tells why a login over MQTT failed, to that application alone", async () => {
      const stream = await listen();
      const options = { port: server.port, username: uid, password: "NNSXS.WRONG.KEY" };
      await assert.rejects(login({ ...options, username: "other-app" }), /code 5/);
      await assert.rejects(login(options), /code 5/);
      const refused = await nextOf(stream, "as.mqtt.connect.fail");
      assertSameShape(refused, recordedOf("as.mqtt.connect.fail"), "connect.fail");
      assert.equal(
        valueAt(JSON.parse(refused), "result.identifiers.0.application_ids.application_id"),
        uid,
      );
    });

    it("opens for no foreign key, and stays silent without the right to read", async () => {
      const body = { identifiers: [{ application_ids: { application_id: uid } }] };
      assert.equal((await call("POST", "/api/v3/events", keys.other, body)).status, 403);
      const silent = await listen(keys.info);
      const heard = await listen();
      await silent.next();
      await heard.next();
      server.network.uplink(pump);
      await nextOf(heard, "as.up.data.forward");
      const waited = await Promise.race([silent.next(), nextOfTurn()]);
      assert.equal(waited, "nothing");
    });
  });

  it("opens to the demo network's own key, on a port that it tells", async () => {
    const demo = await startDemoNetwork({ seed: 1, clock: new ManualClock() });
    try {
      const path = "/api/v3/as/applications/demo-farm/devices/pump-controller-3/down";
      const where = { port: demo.httpPort, path };
      assert.equal((await callHttp({ ...where, key: demo.apiKey })).text, "{}");
      assert.equal((await callHttp(where)).status, 403);
    } finally {
      await demo.close();
    }
    await assert.rejects(callHttp({ port: demo.httpPort, path: "/" }), /ECONNREFUSED/);
  });
});

/** The same names and types, and the same words where they are words. */
function assertSameShape(got: string, expected: string, what: string): void {
  const mine: unknown = JSON.parse(got);
  const theirs: unknown = JSON.parse(expected);
  assert.deepEqual(shapeTexts(mine), shapeTexts(theirs), what);
  const words = [
    ...["code", "message", "details.0.namespace", "details.0.name", "details.0.message_format"],
    ...["details.0.attributes", "details.0.cause.cause.attributes", "result.name"],
    ...["result.data.namespace", "result.data.name", "result.data.message_format"],
  ];
  for (const place of words)
    assert.deepEqual(valueAt(mine, place), valueAt(theirs, place), `${what}: ${place}`);
}

function shapeTexts(body: unknown): readonly string[] {
  return [...new Set([...shapeOf(body)].map(([place, type]) => `${place}: ${type}`))].sort();
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String).sort() : value;
}

/** Resolves when all that is under way has arrived. */
async function nextOfTurn(): Promise<string> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  return "nothing";
}
