import assert from "node:assert/strict";
import fc from "fast-check";
import { Application } from "../../src/model/application";
import type { EventEntry } from "../../src/model/eventStore";
import { decode } from "../../src/stack/decode";
import {
  dataRateText,
  describe as describeMessage,
  eventLabel,
  ordinal,
  radio,
} from "../../src/stack/describe";
import type { JsonObject } from "../../src/stack/messages";
import { summarizeFields } from "../../src/stack/values";
import { hiddenCharacters, visible } from "../../src/stack/visible";
import { eventLine, eventLinkIn, maximumLine } from "../../src/views/log/eventLine";
import {
  bytesOf,
  changedAt,
  decodeAs,
  golden,
  parseBody,
  pathsOf,
  soilLab,
  soilLabUid,
  upTopic,
  uplinkBody,
  type Json,
} from "../support/fixtures";
import { tutorialMessages } from "../support/tutorial";
import { cpuTime, isQuick } from "../support/cpuTime";

const noon = new Date(2026, 1, 23, 12, 4, 31, 482).getTime();

function lineOf(content: EventEntry["content"], note?: string, id = 41): string {
  const entry: EventEntry = { id, at: noon, applicationKey: "k", topic: "", content, note };
  return eventLine(entry, new Application(soilLab));
}

/** The line's text behind the device, without the link. */
function textOf(content: EventEntry["content"]): string {
  return lineOf(content).slice("12:04:31.482  e41    UP    ".length);
}

const device = "eui-70b3d57ed0051234";
const goldenLines: Readonly<Record<string, string>> = {
  join: `JOIN  ${device} 260B4A7C`,
  up: `UP    ${device} #113   p8   03670110056700FF      -87 dBm 9.25 dB SF7 2 gw`,
  "up-decoded": `UP    ${device} #114   p2   0CE401F40942          battery_mv=3300 illuminance_lux=500 temperature_c=23.7  warning: battery below 3.4 V  -92 dBm 7.5 dB SF9 1 gw`,
  "up-normalized": `NORM  ${device} #114   p2   0CE401F40942          air.lightIntensity=500 air.temperature=23.7  -92 dBm 7.5 dB SF9 1 gw`,
  "down-queued": `DOWN  ${device} queued p15  BEEF                  hold_s=239 relay=on  NORMAL confirmed  vscode-lorawan:req-7f3a`,
  "down-sent": `DOWN  ${device} sent   p15  BEEF                  hold_s=239 relay=on  confirmed  vscode-lorawan:req-7f3a`,
  "down-ack": `DOWN  ${device} ack    p15  BEEF                  hold_s=239 relay=on  NORMAL confirmed  vscode-lorawan:req-7f3a`,
  "down-nack": `DOWN  ${device} nack   p15  BEEF                  hold_s=239 relay=on  NORMAL confirmed  vscode-lorawan:req-7f3a`,
  "down-failed": `DOWN  ${device} failed p20  ${hexCount(20)}… (120 bytes)  120 bytes do not fit, 115 do (application_downlink_too_long)  HIGH  vscode-lorawan:req-81c0`,
  "down-queue-invalidated": `DOWN  ${device} queue invalidated, downlinks to compute again: 1`,
  "location-solved": `LOC   ${device} 51.98731, 5.66388  14 m up  ±3 m  frm-payload`,
  "service-data": `DATA  ${device} lora-cloud-device-management-v1  dnlink.payload=01ff dnlink.port=150 position_solution.accuracy=28.5 position_solution.algorithm_type=gnss position_solution.llh=[51.98731,5.66388,14.2] stream_records=null`,
};

describe("event lines: real messages", () => {
  for (const { name, topic, bytes } of golden) {
    it(`is exactly this line when the message is golden ${name}`, () => {
      assert.equal(lineOf(decode(topic, bytes)), `12:04:31.482  e41    ${goldenLines[name]}`);
    });
  }

  it("is exactly these lines when the messages are the tutorial's", () => {
    assert.deepEqual(
      tutorialMessages.map(({ topic, bytes }) => lineOf(decode(topic, bytes))),
      [
        "12:04:31.482  e41    JOIN  dev1               01DA1F15",
        "12:04:31.482  e41    UP    dev1               #0     p15  54656D7065726174757265203D20302E30  -35 dBm 5 dB SF7 1 gw",
        "12:04:31.482  e41    DOWN  dev1               ack    p15  BEEF                  NORMAL confirmed  my-correlation-id ...",
      ],
    );
  });
});

describe("event lines: the columns of the product", () => {
  const greenhouse = (fields: object) =>
    decodeAs("uplink", upTopic("greenhouse-07"), { uplink_message: fields });
  const reception = {
    rx_metadata: [
      { rssi: -97, snr: 7.2 },
      { rssi: -110, snr: -3 },
      { rssi: -113, snr: -9 },
    ],
    settings: { data_rate: { lora: { spreading_factor: 9, bandwidth: 125_000 } } },
  };

  it("shows an uplink in the product's columns", () => {
    const uplink = greenhouse({
      f_port: 2,
      f_cnt: 1042,
      frm_payload: "A2cA4QRoWg==",
      decoded_payload: { temp: 22.5, hum: 45 },
      ...reception,
    });
    assert.equal(
      lineOf(uplink),
      "12:04:31.482  e41    UP    greenhouse-07      #1042  p2   036700E104685A        temp=22.5 hum=45  -97 dBm 7.2 dB SF9 3 gw",
    );
  });

  it("shows a downlink of ours with the last four characters of its id", () => {
    const downlink = {
      f_port: 15,
      frm_payload: "vu8=",
      priority: "NORMAL",
      confirmed: true,
      correlation_ids: ["as:downlink:01KJ", "tts-explorer:0123456789ABCDEFGHJKMN7K2P"],
    };
    const queued = decodeAs("downlinkQueued", upTopic("pump-controller-3", "down/queued"), {
      downlink_queued: downlink,
    });
    assert.equal(
      lineOf(queued),
      "12:04:31.482  e41    DOWN  pump-controller-3  queued p15  BEEF                  NORMAL confirmed  id 7K2P",
    );
  });

  it("shows what the model knew of a join in the column of values", () => {
    const body = { end_device_ids: { dev_addr: "260B4A7C" }, join_accept: {} };
    assert.equal(
      lineOf(decodeAs("join", upTopic("cold-room-2", "join"), body), "4th join in 10 min"),
      "12:04:31.482  e41    JOIN  cold-room-2        260B4A7C                          4th join in 10 min",
    );
  });

  it("shows a gap with its length, and notes of the connection", () => {
    assert.equal(
      lineOf({ kind: "gap", from: noon - 192_000, to: noon }),
      "12:04:31.482         GAP   not connected for 3 min 12 s: messages of that time are lost",
    );
    assert.equal(
      lineOf({ kind: "connection", text: "connected to h:8883" }),
      "12:04:31.482         CONN  connected to h:8883",
    );
  });

  it("shows what cannot be decoded with reason, size and topic", () => {
    assert.equal(
      lineOf(decode("v2/x\u001b[31m", Uint8Array.from([1, 2]))),
      "12:04:31.482  e41    BAD                      unknown topic, 2 bytes on v2/x\\u{1b}[31m",
    );
    assert.equal(
      lineOf(decode(upTopic("probe-1"), Uint8Array.from([0xff]))),
      "12:04:31.482  e41    BAD   probe-1            not UTF-8, 1 byte on v3/soil-lab@ttn/devices/probe-1/up",
    );
  });

  it("keeps the columns apart when counter, port or id fill them", () => {
    for (const f_cnt of [99_999, 100_000, 4_294_967_295]) {
      assert.match(
        textOf(greenhouse({ f_cnt, f_port: 223, frm_payload: "vu8=" })),
        new RegExp(`#${f_cnt} +p223 BEEF`),
      );
    }
    const long = "d".repeat(36);
    assert.match(
      lineOf(decodeAs("uplink", upTopic(long), { uplink_message: {} })),
      new RegExp(` ${long} #0 `),
    );
  });

  it("marks what is simulated or odd", () => {
    const simulated = decodeAs(
      "uplink",
      upTopic(),
      uplinkBody({ f_port: 1, rx_metadata: [{}] }, { simulated: true }),
    );
    assert.match(describeMessage(simulated), / {2}simulated$/);
    const odd = decodeAs("uplink", upTopic("other-1"), uplinkBody({ f_cnt: "x" }));
    assert.match(
      describeMessage(odd),
      / \(!\) the body names eui-70b3d57ed0051234, uplink_message\.f_cnt is not a number$/,
    );
  });
});

describe("event lines: hostile text", () => {
  const hostile: readonly (readonly [id: string, text: string, shown: string])[] = [
    ["P20", "\u001b[31mred", "\\u{1b}[31mred"],
    ["P20", "a\rb\nc", "a\\u{d}b\\u{a}c"],
    ["P20", "\u0007\b\u0000\u007f\u009b", "\\u{7}\\u{8}\\u{0}\\u{7f}\\u{9b}"],
    ["P21", "\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["P21", "\u2066a\u2067b\u2068c\u2069", "\\u{2066}a\\u{2067}b\\u{2068}c\\u{2069}"],
    ["P21", "a\u200bb\u200db\ufeff", "a\\u{200b}b\\u{200d}b\\u{feff}"],
    ["P21", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["P21", "\u{e0041}\u{e007f}", "\\u{e0041}\\u{e007f}"],
    ["P21", "a\ud800b\udc00", "a\\u{d800}b\\u{dc00}"],
    ["P21", "\ue000\u{f0000}\uffff", "\\u{e000}\\u{f0000}\\u{ffff}"],
    ["P21", `e${"\u0301".repeat(1_000)}!`, `e${"\u0301".repeat(4)}…!`],
    ["P21", "gr\u00fcn 温度 \u{1f331}", "gr\u00fcn 温度 \u{1f331}"],
  ];
  for (const [id, text, shown] of hostile) {
    it(`${id} makes ${JSON.stringify(text).slice(0, 30)} visible`, () => {
      assert.equal(visible(text), shown);
    });
  }

  it("P21 makes nothing of it visible twice: what was made visible stays", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const shown = visible(text);
        assert.equal(visible(shown), shown);
        assert.doesNotMatch(shown, hiddenCharacters);
      }),
    );
  });

  it("P22 cuts with the length beside, and never in the middle of a character", () => {
    assert.equal(visible("x".repeat(2_000)), `${"x".repeat(1_024)}… (2000 characters)`);
    assert.equal(visible("x".repeat(1_024)), "x".repeat(1_024));
    assert.equal(visible(`${"x".repeat(9)}\u{1f331}yy`, 10), `${"x".repeat(9)}… (13 characters)`);
  });

  it("P20 P21 is one line without hidden characters when any text of a message is hostile", () => {
    const nasty = hostile.map(([, text]) => text).join("");
    for (const { topic, bytes } of [...golden, ...tutorialMessages]) {
      const body = parseBody(bytes);
      for (const place of pathsOf(body)) {
        const line = lineOf(decode(topic, bytesOf(changedAt(body, place, nasty))));
        assert.doesNotMatch(line, hiddenCharacters, place.join("."));
        assert.ok(line.length <= maximumLine);
        assert.match(line, eventLinkIn);
      }
    }
  });

  it("P23 quotes names when they hold line breaks, equal signs or quotes", () => {
    const payload = { "a\nb": 1, "c=d": 2, 'e"f': 3, "": 4, "g h": "i j=k" };
    assert.equal(summarizeFields(payload, 8), '"a\\u{a}b"=1 "c=d"=2 "e\\"f"=3 ""=4 "g h"="i j=k"');
  });

  it("keeps to 8 KiB with the length beside and its link when a line is long", () => {
    const wide = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [
        `${index}\u{e0001}`.repeat(40),
        "\u{e0001}".repeat(200),
      ]),
    );
    const warnings = Array.from({ length: 50 }, () => "\u{e0001}".repeat(500));
    const message = decodeAs(
      "uplink",
      upTopic(),
      uplinkBody({ decoded_payload: wide, decoded_payload_warnings: warnings }),
    );
    const line = lineOf(message, "n".repeat(9_000), 123_456_789);
    assert.equal(line.length, maximumLine);
    assert.match(line, /^\S+ {2}e123456789 .*… \(\d+ characters\)$/);
  });

  it("P20 is one line within its cap when values are anything", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (payload) => {
        const message = decodeAs(
          "uplink",
          upTopic(),
          uplinkBody({ decoded_payload: payload as Json }),
        );
        const line = lineOf(message);
        assert.doesNotMatch(line, hiddenCharacters);
        assert.ok(line.length <= maximumLine);
        assert.equal(eventLinkIn.exec(line)?.[2], "41");
      }),
      { numRuns: 500 },
    );
  });
});

describe("describe: parts", () => {
  it("labels every kind", () => {
    const labels = golden.map(({ topic, bytes }) => eventLabel(decode(topic, bytes)));
    assert.deepEqual(labels, [
      "JOIN",
      "UP",
      "UP",
      "NORM",
      "DOWN",
      "DOWN",
      "DOWN",
      "DOWN",
      "DOWN",
      "DOWN",
      "LOC",
      "DATA",
    ]);
    assert.equal(eventLabel(decode("x", new Uint8Array())), "BAD");
  });

  const summaries: readonly (readonly [
    value: JsonObject | undefined,
    maximum: number,
    shown: string,
  ])[] = [
    [undefined, 4, ""],
    [{}, 4, ""],
    [{ a: 1, b: 2 }, 2, "a=1 b=2"],
    [{ a: 1, b: 2, c: 3 }, 2, "a=1 b=2 …"],
    [{ a: { b: { c: 1 } }, d: [1, { e: 2 }] }, 8, "a.b.c=1 d[0]=1 d[1].e=2"],
    [{ a: { b: { c: { d: { e: 1 } } } } }, 8, "a.b.c.d={…}"],
    [
      { t: 22.499999999, big: 1e21, tiny: 1.5e-7, no: null, yes: true },
      8,
      "t=22.499999999 big=1e+21 tiny=1.5e-7 no=null yes=true",
    ],
    [{ empty: "", long: "x".repeat(50) }, 8, `empty="" long="${"x".repeat(40)}… (50 characters)"`],
  ];
  for (const [value, maximum, shown] of summaries) {
    it(`summarizes ${JSON.stringify([value]).slice(1, 40)}`, () => {
      assert.equal(summarizeFields(value, maximum), shown);
    });
  }

  it("takes little time when an object has endless fields or depth", () => {
    const wide = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, index) => [`k${index}`, {}]),
    );
    const before = cpuTime();
    assert.equal(summarizeFields(wide, 4), "");
    assert.ok(isQuick(before, 200));
  });

  it("writes data rates and receptions as people say them", () => {
    assert.equal(
      dataRateText({ modulation: "LoRa", spreadingFactor: 9, bandwidth: 125_000 }),
      "SF9",
    );
    assert.equal(
      dataRateText({ modulation: "LoRa", spreadingFactor: 7, bandwidth: 250_000 }),
      "SF7/250k",
    );
    assert.equal(dataRateText({ modulation: "LoRa", spreadingFactor: 7, bandwidth: 0 }), "SF7");
    assert.equal(dataRateText({ modulation: "FSK", bitRate: 50_000 }), "FSK 50k");
    assert.equal(dataRateText({ modulation: "FSK", bitRate: 0 }), "FSK");
    assert.equal(dataRateText({ modulation: "LR-FHSS", channelWidth: 137_000 }), "LR-FHSS");
    const none = { gatewayCount: 0, gatewayId: undefined, rssi: undefined, snr: undefined };
    assert.equal(radio({ reception: none, dataRate: undefined }), "");
  });

  it("counts in ordinals", () => {
    assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 112].map(ordinal), [
      "1st",
      "2nd",
      "3rd",
      "4th",
      "11th",
      "12th",
      "13th",
      "21st",
      "22nd",
      "101st",
      "111th",
      "112th",
    ]);
  });

  it("names the application of the settings", () => assert.equal(soilLabUid, soilLab.application));
});

function hexCount(bytes: number): string {
  return Buffer.from(Array.from({ length: bytes }, (_, index) => index))
    .toString("hex")
    .toUpperCase();
}
