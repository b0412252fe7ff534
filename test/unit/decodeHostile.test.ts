import assert from "node:assert/strict";
import fc from "fast-check";
import { decode } from "../../src/stack/decode";
import { describe as describeMessage } from "../../src/stack/describe";
import type { Message } from "../../src/stack/messages";
import {
  bytesOf,
  changedAt,
  decodeAs,
  golden,
  goldenNamed,
  parseBody,
  pathsOf,
  upTopic,
  uplinkBody,
  type Json,
} from "../support/fixtures";
import { tutorialMessages } from "../support/tutorial";
import { cpuTime, isQuick } from "../support/cpuTime";

const everyFixture = [...golden, ...tutorialMessages];

/** What every result must satisfy, whatever came in. */
function assertSound(topic: string, bytes: Uint8Array): ReturnType<typeof decode> {
  const result = decode(topic, bytes);
  const json = JSON.stringify(result);
  // Bytes become objects of numbers in JSON (about 12 characters each), so the factor is generous.
  assert.ok(json.length <= 16 * (bytes.length + topic.length) + 4_096, `${json.length} characters`);
  const line = describeMessage(result);
  assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029]/u);
  // A random topic may hold such words itself.
  const said = result.kind === "undecodable" ? result.reason : line;
  assert.doesNotMatch(said, /NaN|undefined|Infinity|\[object/);
  if (result.kind !== "undecodable") {
    assert.ok(result.problems.length <= 24, `${result.problems.length} problems`);
  }
  return result;
}

describe("decode: messages with parts missing or wrong", () => {
  for (const { name, topic, kind, bytes } of everyFixture) {
    const body = parseBody(bytes);
    it(`P05 shows the rest when any one part of ${name} is missing`, () => {
      for (const place of pathsOf(body)) {
        const result = assertSound(topic, bytesOf(changedAt(body, place, undefined)));
        // Only without its one body is it no message any more.
        assert.equal(result.kind, place.length === 1 && isBodyKey(place[0]) ? "undecodable" : kind);
        if ("problems" in result) assert.deepEqual(result.problems, [], place.join("."));
      }
    });

    it(`P06 flags the value when any one part of ${name} has another type`, () => {
      const others: readonly Json[] = [null, 7.5, -1, "text", ["x"], { x: 1 }, true, 1e308, ""];
      for (const place of pathsOf(body)) {
        for (const other of others) {
          const result = assertSound(topic, bytesOf(changedAt(body, place, other)));
          assert.ok(result.kind === kind || (place.length === 1 && isBodyKey(place[0])));
        }
      }
    });
  }

  it("P06 names the place when a value has the wrong type", () => {
    const wrong: readonly (readonly [place: string, value: Json, problem: string])[] = [
      ["f_port", "8", "uplink_message.f_port is not a number"],
      ["f_port", 1.5, "uplink_message.f_port is not a whole number up to 255"],
      ["f_port", 256, "uplink_message.f_port is not a whole number up to 255"],
      ["f_cnt", -1, "uplink_message.f_cnt is not a whole number up to 4294967295"],
      ["f_cnt", 4_294_967_296, "uplink_message.f_cnt is not a whole number up to 4294967295"],
      ["frm_payload", 7, "uplink_message.frm_payload is not a string"],
      ["decoded_payload", [1], "uplink_message.decoded_payload is not an object"],
      [
        "decoded_payload_warnings",
        [1],
        "uplink_message.decoded_payload_warnings is not a list of strings",
      ],
      ["rx_metadata", {}, "uplink_message.rx_metadata is not a list"],
      ["rx_metadata", [3], "uplink_message.rx_metadata is not a list of objects"],
      ["settings", "x", "uplink_message.settings is not an object"],
      ["confirmed", "true", "uplink_message.confirmed is not true or false"],
      [
        "last_battery_percentage",
        { value: 1e9 },
        "uplink_message.last_battery_percentage.value is not within its range",
      ],
    ];
    for (const [place, value, problem] of wrong) {
      const result = decodeAs("uplink", upTopic(), uplinkBody({ [place]: value }));
      assert.deepEqual(result.problems, [problem], place);
    }
  });

  it("P06 flags identifiers when they are no hex of their length", () => {
    const body = {
      end_device_ids: { dev_eui: "70B3", join_eui: 5, dev_addr: "260b4a7c" },
      join_accept: {},
    };
    const result = decodeAs("join", upTopic("probe-1", "join"), body);
    assert.equal(result.devEui, undefined);
    assert.equal(result.joinEui, undefined);
    assert.equal(result.devAddr, "260B4A7C");
    assert.equal(result.problems.length, 2);
  });

  it("P06 bounds the list of problems when thousands of parts are wrong", () => {
    const downlinks = Array.from({ length: 5_000 }, () => ({ frm_payload: "!" }));
    const body = { downlink_queue_invalidated: { downlinks } };
    const result = decodeAs("downlinkQueueInvalidated", upTopic(), body);
    assert.equal(result.problems.length, 20);
    assert.equal(result.downlinks.length, 5_000);
  });
});

describe("decode: hostile values", () => {
  it("P10 keeps __proto__ an ordinary field at each level", () => {
    const levels = [
      '{"__proto__":{"polluted":1},"uplink_message":{}}',
      '{"uplink_message":{"__proto__":{"polluted":1}}}',
      '{"uplink_message":{"decoded_payload":{"__proto__":{"polluted":1}}}}',
      '{"uplink_message":{"decoded_payload":{"a":{"__proto__":{"polluted":1}}}}}',
      '{"uplink_message":{"rx_metadata":[{"__proto__":{"polluted":1}}]}}',
      '{"end_device_ids":{"__proto__":{"device_id":"evil-device"}},"uplink_message":{}}',
    ];
    for (const text of levels) {
      const result = decodeAs("uplink", upTopic(), bytesOf(text));
      assert.equal(Reflect.get({}, "polluted"), undefined);
      assert.deepEqual(result.problems, []);
    }
    const shown = describeMessage(decodeAs("uplink", upTopic(), bytesOf(levels[2] ?? "")));
    assert.match(shown, /__proto__\.polluted=1/);
  });

  it("P10 does not find a body when only a prototype has it", () => {
    decodeAs("undecodable", upTopic(), bytesOf('{"__proto__":{"uplink_message":{}}}'));
  });

  it("P11 shows names as text when every object has them too", async () => {
    const fields = { constructor: 1, toString: "x", hasOwnProperty: 2, then: "y", toJSON: 3 };
    const result = decodeAs("uplink", upTopic(), uplinkBody({ decoded_payload: fields }));
    assert.deepEqual(await Promise.resolve(result.decodedPayload), fields);
    assert.match(
      describeMessage(result),
      /constructor=1 toString=x hasOwnProperty=2 then=y toJSON=3/,
    );
  });

  const levels: readonly (readonly [rssi: Json, snr: Json, shown: RegExp])[] = [
    [-97, 7.2, / -97 dBm 7\.2 dB /],
    [-97, "NaN", / -97 dBm 1 gw/],
    ["NaN", 7.2, / 7\.2 dB 1 gw/],
    ["-Infinity", "Infinity", / 1 gw$/],
    [1e308, -1e308, / 1 gw(?: |$)/],
    [-0, -0, / 0 dBm 0 dB 1 gw/],
    ["-97", "7", / 1 gw(?: |$)/],
    [null, null, / 1 gw/],
  ];
  for (const [rssi, snr, shown] of levels) {
    it(`P14 shows a level only when it is one: rssi ${JSON.stringify(rssi)}, snr ${JSON.stringify(snr)}`, () => {
      const body = uplinkBody({ f_port: 1, rx_metadata: [{ rssi, snr }] });
      const text = describeMessage(decodeAs("uplink", upTopic(), body)).split("  (!)")[0] ?? "";
      assert.match(text, shown);
    });
  }

  it("P14 reads a missing SNR as 0 dB when the antenna tells an RSSI, and as none when it tells nothing", () => {
    const heard = decodeAs("uplink", upTopic(), uplinkBody({ rx_metadata: [{ rssi: -100 }] }));
    assert.equal(heard.reception.snr, 0);
    const silent = decodeAs("uplink", upTopic(), uplinkBody({ rx_metadata: [{}] }));
    assert.equal(silent.reception.snr, undefined);
  });

  const times: readonly (readonly [value: Json, read: number | undefined, isFlagged: boolean])[] = [
    ["", undefined, false],
    [null, undefined, false],
    ["0001-01-01T00:00:00Z", undefined, false],
    ["2026-02-23T09:15:11.712044836Z", Date.parse("2026-02-23T09:15:11.712Z"), false],
    ["2026-02-23T09:15:11Z", Date.parse("2026-02-23T09:15:11Z"), false],
    ["2026-02-23T10:15:11+01:00", Date.parse("2026-02-23T09:15:11Z"), false],
    ["9999-12-31T23:59:59Z", Date.parse("9999-12-31T23:59:59Z"), false],
    ["2026-13-45T09:15:11Z", undefined, true],
    ["yesterday", undefined, true],
    ["2026", undefined, true],
    [1_771_837_511, undefined, true],
  ];
  for (const [value, read, isFlagged] of times) {
    it(`P15 reads the time ${JSON.stringify(value)} as ${read ?? "none"}`, () => {
      const result = decodeAs("join", upTopic("probe-1", "join"), {
        received_at: value,
        join_accept: {},
      });
      assert.equal(result.receivedAt, read);
      assert.equal(result.problems.length, isFlagged ? 1 : 0);
    });
  }

  const places: readonly (readonly [location: Json, shown: RegExp])[] = [
    [{ latitude: 91, longitude: 5 }, /^no position/],
    [{ latitude: 52, longitude: 1e9 }, /^no position/],
    [{ latitude: "52.1", longitude: "5.6" }, /^no position/],
    [{ latitude: "52", longitude: 5 }, /^no position/],
    [{ latitude: null, longitude: [] }, /^no position/],
    [{ source: "SOURCE_GPS" }, /^no position/],
    ["here", /^no position/],
    [{ latitude: 0.5 }, /^0\.5, 0/],
    [{ latitude: -90, longitude: 180 }, /^-90, 180/],
  ];
  for (const [location, shown] of places) {
    it(`P17 tells a position only when it is one: ${JSON.stringify(location)}`, () => {
      const result = decodeAs("locationSolved", upTopic(), { location_solved: { location } });
      assert.match(describeMessage(result), shown);
    });
  }

  const payloads: readonly (readonly [wire: Json, length: number, problem: RegExp | undefined])[] =
    [
      ["vu8=", 2, undefined],
      ["vu8", 2, undefined],
      ["-_8=", 2, undefined],
      ["v u8=", 2, undefined],
      ["A", 0, /cut off/],
      ["vu8==", 0, /cut off/],
      ["v!8=", 0, /character 2\./],
      ["BE EF!", 0, /character 6\./],
      ["=", 0, /cut off/],
      [500, 0, /not a string/],
      ["A".repeat(668), 501, undefined],
      ["", 0, undefined],
    ];
  for (const [wire, length, problem] of payloads) {
    it(`P18 reads the payload ${JSON.stringify(wire).slice(0, 12)} as ${length} bytes or says why not`, () => {
      const result = decodeAs("uplink", upTopic(), uplinkBody({ frm_payload: wire }));
      assert.equal(result.framePayload.length, length);
      assert.equal(result.problems.length, problem ? 1 : 0);
      if (problem) assert.match(result.problems[0] ?? "", problem);
    });
  }

  it("P22 cuts what it shows with its length when a string is huge, in no time", () => {
    const text = "x".repeat(250_000);
    const result = decodeAs("uplink", upTopic(), uplinkBody({ decoded_payload: { text } }));
    const before = cpuTime();
    const line = describeMessage(result);
    assert.ok(isQuick(before, 50));
    assert.ok(line.length < 300, `${line.length} characters`);
    assert.match(line, /… \(250000 characters\)/);
  });

  it("D20 caps the text of an error when it repeats a huge attribute or nests causes", () => {
    const attributes = { a: "x".repeat(200_000) };
    const error = { message_format: "{a}".repeat(400), attributes };
    const before = cpuTime();
    const failed = decodeAs("downlinkFailed", upTopic(), { downlink_failed: { error } });
    assert.ok((failed.error?.text.length ?? Infinity) < 20_000);
    assert.ok(isQuick(before, 200));
    let cause: object = { name: "root" };
    for (let level = 0; level < 50; level++) cause = { name: "n", cause };
    const nested = decodeAs("downlinkFailed", upTopic(), { downlink_failed: { error: cause } });
    assert.equal(nested.error?.text, "n: root");
  });

  it("D20 has words for it when the error is odd", () => {
    const odd: readonly (readonly [error: Json, text: string | undefined])[] = [
      [{}, "unknown error"],
      [{ name: "no_f_port" }, "no_f_port"],
      [{ message_format: "at {x}", attributes: { y: 1 } }, "at {x}"],
      [{ message_format: "at {constructor}" }, "at {constructor}"],
      [{ message_format: "at {x}", attributes: { x: { deep: 1 } } }, "at {x}"],
      [{ message_format: 5, name: "oops" }, "oops"],
      [
        { name: "app_s_key", cause: { name: "join_server_unavailable" } },
        "app_s_key: join_server_unavailable",
      ],
      ["text", undefined],
    ];
    for (const [error, text] of odd) {
      const failed = decodeAs("downlinkFailed", upTopic(), { downlink_failed: { error } });
      assert.equal(failed.error?.text, text, JSON.stringify(error));
    }
  });
});

describe("decode: data rates and receptions", () => {
  const dataRates: readonly (readonly [
    wire: Json,
    read: Message extends never ? never : unknown,
  ])[] = [
    [
      { lora: { bandwidth: 250_000, spreading_factor: 7 } },
      { modulation: "LoRa", spreadingFactor: 7, bandwidth: 250_000 },
    ],
    [{ fsk: { bit_rate: 50_000 } }, { modulation: "FSK", bitRate: 50_000 }],
    [
      { lrfhss: { operating_channel_width: 137_000, coding_rate: "1/3" } },
      { modulation: "LR-FHSS", channelWidth: 137_000 },
    ],
    [{}, undefined],
    [{ lora: {} }, undefined],
    [{ lora: { spreading_factor: "9" } }, undefined],
    [{ warp: {} }, undefined],
  ];
  for (const [data_rate, read] of dataRates) {
    it(`reads the data rate ${JSON.stringify(data_rate)}`, () => {
      const result = decodeAs("uplink", upTopic(), uplinkBody({ settings: { data_rate } }));
      assert.deepEqual(result.dataRate, read);
    });
  }

  it("takes the gateway with the best SNR, then RSSI, when several heard it", () => {
    const rx_metadata = [
      { gateway_ids: { gateway_id: "gw-far" }, rssi: -80, snr: -3 },
      { gateway_ids: { gateway_id: "gw-near" }, rssi: -90, snr: 5 },
      { gateway_ids: { gateway_id: "gw-best" }, rssi: -70, snr: 5 },
      { gateway_ids: { gateway_id: "gw-odd" }, rssi: -60, snr: "NaN" },
    ];
    const { reception } = decodeAs("uplink", upTopic(), uplinkBody({ rx_metadata }));
    assert.deepEqual(reception, { gatewayCount: 4, gatewayId: "gw-best", rssi: -70, snr: 5 });
  });

  it("names the real gateway when Packet Broker forwarded it", () => {
    const body = parseBody(goldenNamed("up").bytes);
    const without = changedAt(body, ["uplink_message", "rx_metadata", 0], undefined);
    const { reception } = decodeAs("uplink", upTopic(), without);
    assert.equal(reception.gatewayId, "eui-b827ebfffe0a1b2c");
  });

  it("reads a frequency when it is text, as today, or a number, as in old recordings", () => {
    for (const frequency of ["868100000", 868_100_000]) {
      const result = decodeAs("uplink", upTopic(), uplinkBody({ settings: { frequency } }));
      assert.equal(result.frequency, 868_100_000);
    }
    const odd = decodeAs("uplink", upTopic(), uplinkBody({ settings: { frequency: "868.1 MHz" } }));
    assert.equal(odd.frequency, undefined);
    assert.equal(odd.problems.length, 1);
  });

  it("tells that the payload is encrypted when the server skips payload crypto", () => {
    const result = decodeAs(
      "uplink",
      upTopic(),
      uplinkBody({ app_s_key: { key: "00" }, frm_payload: "vu8=" }),
    );
    assert.equal(result.encrypted, true);
    assert.match(describeMessage(result), /encrypted, 2 bytes/);
  });
});

describe("decode: anything at all", () => {
  const topics = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(...everyFixture.map(({ topic }) => topic)),
    fc.tuple(fc.string(), fc.string(), fc.string()).map(([a, b, c]) => `v3/${a}/devices/${b}/${c}`),
  );

  it("P36 returns a sound value when topic and bytes are random", () => {
    fc.assert(
      fc.property(topics, fc.uint8Array({ maxLength: 2_000 }), (topic, bytes) => {
        assertSound(topic, bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it("P36 returns a sound value when the body is random JSON under a known key", () => {
    const keys = ["uplink_message", "uplink_normalized", "join_accept", "downlink_queued"];
    const more = [
      "downlink_failed",
      "downlink_queue_invalidated",
      "location_solved",
      "service_data",
    ];
    fc.assert(
      fc.property(topics, fc.constantFrom(...keys, ...more), fc.json(), (topic, key, json) => {
        assertSound(topic, bytesOf(`{"${key}":${json}}`));
      }),
      { numRuns: 1_000 },
    );
  });

  it("P36 returns a sound value when several parts of a real message are changed", () => {
    const fixture = fc.constantFrom(...everyFixture);
    const changes = fc.array(fc.tuple(fc.nat(), fc.option(fc.jsonValue(), { nil: undefined })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fixture, changes, ({ topic, bytes }, list) => {
        let body: Json = parseBody(bytes);
        for (const [seed, value] of list) {
          const places = pathsOf(body);
          const place = places[seed % Math.max(1, places.length)];
          if (place) body = changedAt(body, place, value as Json | undefined);
        }
        assertSound(topic, bytesOf(body));
      }),
      { numRuns: 1_500 },
    );
  });

  it("P36 takes little time when a body is as large as can be decoded, whatever fills it", () => {
    const room = 256 * 1024;
    const fillings = ["1,", "{},", "[[]],", '"a",', '{"a":0},', '"\\u202e",', '{"__proto__":[]},'];
    for (const filling of fillings) {
      const items = filling.repeat(Math.floor((room - 200) / filling.length)).slice(0, -1);
      for (const place of ["decoded_payload", "rx_metadata", "x"]) {
        const bytes = bytesOf(`{"uplink_message":{"${place}":[${items}]}}`);
        // The best of a few: the collector may have to clear away the one before.
        const isQuickOnce = Array.from({ length: 3 }, () => {
          const before = cpuTime();
          assert.equal(decode(upTopic(), bytes).kind, "uplink");
          return isQuick(before, 5);
        });
        assert.ok(isQuickOnce.includes(true), `${filling} in ${place}`);
      }
    }
  });

  it("P36 returns a sound value when bytes of a real message are flipped", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.constantFrom(...everyFixture), flips, ({ topic, bytes }, list) => {
        const copy = Uint8Array.from(bytes);
        for (const [place, value] of list) copy[place % copy.length] = value;
        assertSound(topic, copy);
      }),
      { numRuns: 1_500 },
    );
  });
});

function isBodyKey(name: string | number | undefined): boolean {
  return (
    typeof name === "string" &&
    !["end_device_ids", "correlation_ids", "received_at", "simulated"].includes(name)
  );
}
