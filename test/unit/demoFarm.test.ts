/** The simulated farm over its first minutes, at a clock that runs as fast as it can. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { farmDevices } from "../../src/demo/demoNetwork";
import { settleFarm } from "../../src/demo/farm";
import { Random } from "../../src/demo/random";
import type { Schedule } from "../../src/demo/schedule";
import {
  createApplicationServer,
  type ApplicationServer,
} from "../../src/demo/server/applicationServer";
import type { UpstreamMessage } from "../../src/demo/server/upstream";
import { ManualClock } from "../support/manualClock";
import { valueAt } from "../support/demoClient";
import { shapeOf, wireProblems } from "../support/wireShape";

interface Event extends UpstreamMessage {
  /** Seconds since the start. */
  readonly second: number;
}

describe("Demo farm", () => {
  let server: ApplicationServer;
  let clock: ManualClock;
  let schedule: Schedule;
  let events: Event[];

  const start = async (seed: number): Promise<void> => {
    clock = new ManualClock();
    const from = clock.now();
    events = [];
    const delays = { receiveWindow: 900, classC: 400 };
    server = await createApplicationServer({ clock, random: new Random(seed), delays });
    server.addApplication({ uid: "demo-farm@demo" });
    const record = (message: UpstreamMessage): void => {
      events.push({ ...message, second: (clock.now() - from) / 1000 });
    };
    server.onDidPublish(record);
    schedule = settleFarm(server, "demo-farm@demo", farmDevices());
  };
  const of = (deviceId: string): readonly Event[] =>
    events.filter(({ device }) => device.deviceId === deviceId);
  const seconds = (deviceId: string, key: string): readonly number[] =>
    of(deviceId).flatMap((event) => (event.key === key ? [event.second] : []));
  beforeEach(() => start(1));
  afterEach(() => server.close());

  it("shows all eleven kinds within a minute, whatever the seed", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      await server.close();
      await start(seed);
      clock.advance(60_000);
      assert.equal(new Set(events.map(({ key }) => key)).size, 11, `seed ${seed}`);
    }
  });

  it("does something every one to two seconds", () => {
    clock.advance(600_000);
    const rate = events.length / 600;
    assert.ok(rate > 0.6 && rate < 2, `${rate} per second`);
  });

  it("lets several end devices speak within two seconds of the start", () => {
    clock.advance(2000);
    assert.ok(new Set(events.map(({ device }) => device)).size >= 4);
  });

  it("lets several end devices speak within two seconds of a new watcher", () => {
    for (const moment of [20_000, 33_000, 47_000]) {
      clock.advance(moment);
      const before = events.length;
      schedule.hasten(4);
      clock.advance(2000);
      assert.ok(events.length - before >= 3);
    }
  });

  it("repeats itself when the seed is the same", async () => {
    clock.advance(60_000);
    const first = JSON.stringify(events.map(({ body }) => body));
    await server.close();
    await start(1);
    clock.advance(60_000);
    assert.equal(JSON.stringify(events.map(({ body }) => body)), first);
  });

  it("marshals every message by the server's rules", () => {
    clock.advance(300_000);
    for (const { topic, body } of events) assert.deepEqual(wireProblems(body), [], topic);
  });

  const golden = path.resolve("test/fixtures/golden");
  for (const [file, key] of [
    ["up", "uplink_message"],
    ["up-decoded", "uplink_message"],
    ["up-normalized", "uplink_normalized"],
    ["join", "join_accept"],
    ["down-queued", "downlink_queued"],
    ["down-sent", "downlink_sent"],
    ["down-ack", "downlink_ack"],
    ["down-nack", "downlink_nack"],
    ["down-failed", "downlink_failed"],
    ["down-queue-invalidated", "downlink_queue_invalidated"],
    ["location-solved", "location_solved"],
    ["service-data", "service_data"],
  ] as const) {
    it(`writes the same types as the golden ${file}.json`, () => {
      clock.advance(60_000);
      const expected: unknown = JSON.parse(readFileSync(path.join(golden, `${file}.json`), "utf8"));
      const wanted = shapeOf(expected);
      for (const { body } of events.filter((event) => event.key === key)) {
        for (const [place, type] of shapeOf(body)) {
          if (place.endsWith(".attributes.max")) continue; // text in recordings, which are newer
          const other = wanted.get(place);
          assert.ok(other === undefined || other === type, `${place} is ${type}`);
        }
        for (const place of [
          ".end_device_ids.device_id",
          ".end_device_ids.dev_eui",
          ".received_at",
        ]) {
          assert.equal(shapeOf(body).get(place), "string");
        }
      }
    });
  }

  it("keeps identifiers and counts frames up, except for the device that joins again", () => {
    clock.advance(300_000);
    for (const { deviceId } of new Set(events.map(({ device }) => device))) {
      const uplinks = of(deviceId).filter(({ key }) => key === "uplink_message");
      const ids = new Set(
        uplinks.map(({ body }) => JSON.stringify(valueAt(body, "end_device_ids"))),
      );
      if (deviceId === "cold-room-2") {
        assert.ok(ids.size > 1);
        continue;
      }
      assert.equal(ids.size, 1, deviceId);
      const counts = uplinks.map(({ body }) => Number(valueAt(body, "uplink_message.f_cnt")));
      assert.ok(counts.every((count, index) => index === 0 || count > (counts[index - 1] ?? 0)));
    }
  });

  it("stays within physical bounds", () => {
    clock.advance(3_600_000);
    for (const { key, body } of events) {
      if (key !== "uplink_message") continue;
      const gateways = valueAt(body, "uplink_message.rx_metadata");
      assert.ok(Array.isArray(gateways) && gateways.length >= 1 && gateways.length <= 4);
      for (const gateway of gateways) {
        const rssi = Number(valueAt(gateway, "rssi"));
        const snr = Number(valueAt(gateway, "snr") ?? 0);
        assert.ok(rssi > -140 && rssi < -60, `RSSI ${rssi}`);
        assert.ok(snr >= -20 && snr < 14, `SNR ${snr}`);
      }
      const data = valueAt(body, "uplink_message.decoded_payload");
      for (const name of ["temperature_3", "soil_temperature"]) {
        const temperature = Number(valueAt(data, name) ?? 20);
        assert.ok(temperature > 2 && temperature < 40, `${name} ${temperature}`);
      }
      const humidity = Number(valueAt(data, "relative_humidity_4") ?? 50);
      assert.ok(humidity >= 20 && humidity <= 100);
    }
  });

  describe("characters", () => {
    beforeEach(() => {
      clock.advance(300_000);
    });

    it("barn-door-5 spoke a few times and fell silent", () => {
      const spoken = seconds("barn-door-5", "uplink_message");
      assert.equal(spoken.length, 4);
      assert.ok((spoken.at(-1) ?? 0) < 20);
    });

    it("cold-room-2 joins again and again under new addresses", () => {
      const joins = of("cold-room-2").filter(({ key }) => key === "join_accept");
      assert.ok(joins.length >= 20);
      const addresses = joins.map(({ body }) => valueAt(body, "end_device_ids.dev_addr"));
      assert.equal(new Set(addresses).size, joins.length);
    });

    it("well-meter-9 loses downlinks that are longer than its data rate allows", () => {
      const failed = of("well-meter-9").filter(({ key }) => key === "downlink_failed");
      assert.ok(failed.length >= 5);
      for (const { body } of failed) {
        const name = valueAt(body, "downlink_failed.error.name");
        assert.equal(name, "application_downlink_too_long");
        assert.deepEqual(valueAt(body, "downlink_failed.error.attributes"), {
          length: 64,
          max: "50",
        });
      }
    });

    it("gate-sensor answers confirmed downlinks with a nack before the ack", () => {
      const answers = of("gate-sensor").flatMap(({ key }) => (/_n?ack$/.test(key) ? [key] : []));
      assert.deepEqual(answers.slice(0, 4), [
        "downlink_nack",
        "downlink_ack",
        "downlink_nack",
        "downlink_ack",
      ]);
    });

    it("pump-controller-3 acknowledges and never says nack", () => {
      assert.ok(seconds("pump-controller-3", "downlink_ack").length >= 4);
      assert.deepEqual(seconds("pump-controller-3", "downlink_nack"), []);
    });

    it("vault-lock-4 is encrypted and has its queue invalidated", () => {
      const [uplink] = of("vault-lock-4").filter(({ key }) => key === "uplink_message");
      assert.equal(valueAt(uplink?.body, "uplink_message.decoded_payload"), undefined);
      assert.match(
        String(valueAt(uplink?.body, "uplink_message.app_s_key.encrypted_key")),
        /^[A-Za-z0-9+/]{32}$/,
      );
      assert.ok(seconds("vault-lock-4", "downlink_queue_invalidated").length >= 4);
    });

    it("siren-2 sends its state right after a command", () => {
      const siren = server.network.endDevice("demo-farm@demo", "siren-2");
      assert.ok(siren);
      const from = events.length;
      server.network.downlink(siren, "push", [command({ siren: "on", seconds: 90 })]);
      clock.advance(800);
      const answer = of("siren-2").filter((event) => events.indexOf(event) >= from);
      assert.deepEqual(
        answer.map(({ key }) => key),
        ["downlink_queued", "downlink_sent", "uplink_message"],
      );
      assert.deepEqual(valueAt(answer[2]?.body, "uplink_message.decoded_payload"), {
        siren: "on",
        seconds_left: 90,
      });
    });

    it("pump-controller-3 reports the valve that was commanded", () => {
      const pump = server.network.endDevice("demo-farm@demo", "pump-controller-3");
      assert.ok(pump);
      server.network.downlink(pump, "replace", [command({ valve: "open", minutes: 600 })]);
      clock.advance(30_000);
      const last = of("pump-controller-3")
        .filter(({ key }) => key === "uplink_message")
        .at(-1);
      assert.equal(valueAt(last?.body, "uplink_message.decoded_payload.valve"), "open");
    });
  });
});

function command(decodedPayload: Record<string, string | number>) {
  return {
    sessionKeyId: undefined,
    fPort: 0,
    fCnt: 0,
    framePayload: undefined,
    decodedPayload,
    confirmed: false,
    classBC: undefined,
    priority: 0,
    correlationIds: [],
    confirmedRetry: undefined,
  };
}
