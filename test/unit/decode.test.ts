import assert from "node:assert/strict";
import { decode } from "../../src/stack/decode";
import type { Message, MessageKind } from "../../src/stack/messages";
import {
  bytesOf,
  decodeAs,
  golden,
  goldenNamed,
  parseBody,
  soilLabDevice,
  upTopic,
  uplinkBody,
} from "../support/fixtures";
import { tutorialMessage, tutorialMessages, tutorialTopics } from "../support/tutorial";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const at = (time: string) => Date.parse(time);

const envelope = {
  applicationUid: "soil-lab@ttn",
  deviceId: soilLabDevice,
  devEui: "70B3D57ED0051234",
  joinEui: "0000000000000000",
  devAddr: "260B4A7C",
  simulated: false,
  problems: [],
};
const session = "hAl4KPwxqMjSkhDfSJAahQ==";
const decodedDownlink = { hold_s: 239, relay: "on" };
const ourDownlinkIds = ["as:downlink:01KJ4VQ790HD9P77RN5J7WDVSG", "vscode-lorawan:req-7f3a"];
const confirmedDownlink = {
  fPort: 15,
  fCnt: 11,
  framePayload: hex("beef"),
  decodedPayload: decodedDownlink,
  confirmed: true,
  priority: "NORMAL",
  sessionKeyId: session,
  correlationIds: ourDownlinkIds,
  attempt: 1,
  maximumAttempts: undefined,
};
const sentIds = [
  "as:downlink:01KJ4VQ790HD9P77RN5J7WDVSG",
  "gs:tx_ack:01KJ4WFZRCXPDHXVH9DZ9ARVPM",
  "gs:uplink:01KJ4WFY9G04F3KVZ24P8F98SS",
  "ns:transmission:01KJ4WFY9G3W86D2TZ3JW9FNBZ",
  "vscode-lorawan:req-7f3a",
];
const decodedFrame = {
  fPort: 2,
  fCnt: 114,
  framePayload: hex("0ce401f40942"),
  reception: { gatewayCount: 1, gatewayId: "roof-gw-1", rssi: -92, snr: 7.5 },
  dataRate: { modulation: "LoRa", spreadingFactor: 9, bandwidth: 125_000 },
  frequency: 868_300_000,
  confirmed: true,
  sessionKeyId: session,
  encrypted: false,
} as const;

const goldenMessages: Readonly<Record<string, Message>> = {
  join: {
    kind: "join",
    ...envelope,
    correlationIds: ["gs:uplink:01KJ4TFHR010J3CSQS4TN4WPW8"],
    receivedAt: at("2026-02-23T08:40:01.482Z"),
    sessionKeyId: session,
  },
  up: {
    kind: "uplink",
    ...envelope,
    correlationIds: ["gs:uplink:01KJ4TS0FGQE1063DW5F5BMCN9"],
    receivedAt: at("2026-02-23T08:45:10.391Z"),
    fPort: 8,
    fCnt: 113,
    framePayload: hex("03670110056700ff"),
    reception: { gatewayCount: 2, gatewayId: "roof-gw-1", rssi: -87, snr: 9.25 },
    dataRate: { modulation: "LoRa", spreadingFactor: 7, bandwidth: 125_000 },
    frequency: 868_100_000,
    confirmed: false,
    sessionKeyId: session,
    encrypted: false,
    decodedPayload: undefined,
    warnings: [],
    batteryPercentage: undefined,
  },
  "up-decoded": {
    kind: "uplink",
    ...envelope,
    correlationIds: ["gs:uplink:01KJ4VMFCGDJH05J4EAJEZYT60"],
    receivedAt: at("2026-02-23T09:00:10.829Z"),
    ...decodedFrame,
    decodedPayload: { battery_mv: 3300, illuminance_lux: 500, temperature_c: 23.7 },
    warnings: ["battery below 3.4 V"],
    batteryPercentage: 90.118576,
  },
  "up-normalized": {
    kind: "uplinkNormalized",
    ...envelope,
    correlationIds: ["gs:uplink:01KJ4VMFCGDJH05J4EAJEZYT60"],
    receivedAt: at("2026-02-23T09:00:10.829Z"),
    ...decodedFrame,
    normalizedPayload: { air: { lightIntensity: 500, temperature: 23.7 } },
  },
  "down-queued": {
    kind: "downlinkQueued",
    ...envelope,
    correlationIds: ourDownlinkIds,
    receivedAt: at("2026-02-23T09:01:40.007Z"),
    downlink: { ...confirmedDownlink, fCnt: undefined, sessionKeyId: undefined },
  },
  "down-sent": {
    kind: "downlinkSent",
    ...envelope,
    correlationIds: sentIds,
    receivedAt: at("2026-02-23T09:15:11.712Z"),
    downlink: { ...confirmedDownlink, correlationIds: sentIds, attempt: undefined },
  },
  "down-ack": {
    kind: "downlinkAck",
    ...envelope,
    correlationIds: [
      "as:downlink:01KJ4VQ790HD9P77RN5J7WDVSG",
      "gs:uplink:01KJ4XBD6GX74R393SK1H1BENG",
      "vscode-lorawan:req-7f3a",
    ],
    receivedAt: at("2026-02-23T09:30:10.918Z"),
    downlink: confirmedDownlink,
  },
  "down-nack": {
    kind: "downlinkNack",
    ...envelope,
    correlationIds: [
      "as:downlink:01KJ4VQ790HD9P77RN5J7WDVSG",
      "gs:uplink:01KJ4XBD6GB18A0FM03ZXH13D1",
      "vscode-lorawan:req-7f3a",
    ],
    receivedAt: at("2026-02-23T09:30:10.944Z"),
    downlink: { ...confirmedDownlink, attempt: 2 },
  },
  "down-failed": {
    kind: "downlinkFailed",
    ...envelope,
    correlationIds: [
      "as:downlink:01KJ4Y9M00WY410FQ1ACCFSMNF",
      "gs:uplink:01KJ4YG12GE7N5YPWP46CCBM2K",
      "vscode-lorawan:req-81c0",
    ],
    receivedAt: at("2026-02-23T09:50:11.103Z"),
    downlink: {
      fPort: 20,
      fCnt: 12,
      framePayload: Uint8Array.from({ length: 120 }, (_, index) => index),
      decodedPayload: undefined,
      confirmed: false,
      priority: "HIGH",
      sessionKeyId: session,
      correlationIds: ["as:downlink:01KJ4Y9M00WY410FQ1ACCFSMNF", "vscode-lorawan:req-81c0"],
      attempt: undefined,
      maximumAttempts: undefined,
    },
    error: {
      namespace: "pkg/networkserver",
      name: "application_downlink_too_long",
      text: "application downlink payload length `120` exceeds maximum '115'",
      attributes: { length: 120, max: 115 },
    },
  },
  "down-queue-invalidated": {
    kind: "downlinkQueueInvalidated",
    ...envelope,
    correlationIds: ["gs:uplink:01KJ4ZBFZGX0C0007TCZM2811T"],
    receivedAt: at("2026-02-23T10:05:11.330Z"),
    downlinks: [
      {
        fPort: 15,
        fCnt: 13,
        framePayload: hex("9c41"),
        decodedPayload: undefined,
        confirmed: false,
        priority: "NORMAL",
        sessionKeyId: session,
        correlationIds: ["as:downlink:01KJ4Z84J0YH8TC5T9RR8VM3X0", "vscode-lorawan:req-90aa"],
        attempt: undefined,
        maximumAttempts: undefined,
      },
    ],
    lastFCntDown: 13,
  },
  "location-solved": {
    kind: "locationSolved",
    ...envelope,
    correlationIds: ["gs:uplink:01KJ506YWGS2CN38JCDJH8R4ZX"],
    receivedAt: at("2026-02-23T10:20:10.772Z"),
    service: "frm-payload",
    latitude: 51.98731,
    longitude: 5.66388,
    altitude: 14,
    accuracy: 3,
    source: "SOURCE_GPS",
  },
  "service-data": {
    kind: "serviceData",
    ...envelope,
    correlationIds: [
      "as:packages:loraclouddmsv1:01KJ512E2WYS2N3Z6PY1W27JW7",
      "gs:uplink:01KJ512DSGAMZJDAZEXFJBW630",
    ],
    receivedAt: at("2026-02-23T10:35:10.655Z"),
    service: "lora-cloud-device-management-v1",
    data: {
      dnlink: { payload: "01ff", port: 150 },
      position_solution: {
        accuracy: 28.5,
        algorithm_type: "gnss",
        llh: [51.98731, 5.66388, 14.2],
      },
      stream_records: null,
    },
  },
};

describe("decode: real messages", () => {
  for (const { name, topic, bytes } of golden) {
    it(`reads every value when the message is golden ${name}`, () => {
      assert.deepEqual(decode(topic, bytes), goldenMessages[name]);
    });
  }

  it("knows all eleven kinds when the golden messages are taken together", () => {
    const kinds = new Set<MessageKind>(golden.map(({ kind }) => kind));
    assert.equal(kinds.size, 11);
    for (const { topic, kind, bytes } of golden) assert.equal(decode(topic, bytes).kind, kind);
  });
});

describe("decode: the tutorial's messages", () => {
  const tutorialEnvelope = {
    applicationUid: "app1@tenant1",
    deviceId: "dev1",
    devEui: "4200000000000000",
    joinEui: "4200000000000000",
    devAddr: "01DA1F15",
    receivedAt: undefined,
    simulated: false,
    problems: [],
  };

  it("reads every value when the message is the tutorial's join", () => {
    const { topic, bytes } = tutorialMessage("join");
    assert.deepEqual(decode(topic, bytes), {
      kind: "join",
      ...tutorialEnvelope,
      correlationIds: [
        "gs:conn:01D2CSNX7FJVKQPCVG612QF1TX",
        "gs:uplink:01D2CT834K2YD17ZWZ6357HC0Z",
        "ns:uplink:01D2CT834KNYD7BT2NHK5R1WVA",
        "rpc:/ttn.lorawan.v3.GsNs/HandleUplink:01D2CT834KJ4AVSD1SJ637NAV6",
        "as:up:01D2CT83AXQFQYQ35SR74CTWKH",
      ],
      sessionKeyId: "AWiZpAyXrAfEkUNkBljRoA==",
    });
  });

  it("reads every value of the old shape when the message is the tutorial's uplink", () => {
    const { topic, bytes } = tutorialMessage("up");
    assert.deepEqual(decode(topic, bytes), {
      kind: "uplink",
      ...tutorialEnvelope,
      correlationIds: [
        "gs:conn:01D2CSNX7FJVKQPCVG612QF1TX",
        "gs:uplink:01D2CV8HF62ME0D7MZWE38HHH8",
        "ns:uplink:01D2CV8HF6FYJHKZ45YY1DB3MR",
        "rpc:/ttn.lorawan.v3.GsNs/HandleUplink:01D2CV8HF6XR7ZFVK768PDG3J4",
        "as:up:01D2CV8HNGJ57G25BW0FCZNY07",
      ],
      fPort: 15,
      fCnt: 0,
      framePayload: new Uint8Array(Buffer.from("Temperature = 0.0")),
      reception: { gatewayCount: 1, gatewayId: "eui-0242020000247803", rssi: -35, snr: 5 },
      dataRate: { modulation: "LoRa", spreadingFactor: 7, bandwidth: 125_000 },
      frequency: 868_500_000,
      confirmed: false,
      sessionKeyId: "AWiZpAyXrAfEkUNkBljRoA==",
      encrypted: false,
      decodedPayload: undefined,
      warnings: [],
      batteryPercentage: undefined,
    });
  });

  it("reads every value when the message is the tutorial's acknowledgement", () => {
    const { topic, bytes } = tutorialMessage("down-ack");
    assert.deepEqual(decode(topic, bytes), {
      kind: "downlinkAck",
      ...tutorialEnvelope,
      devAddr: "00E6F42A",
      correlationIds: ["my-correlation-id", "..."],
      downlink: {
        fPort: 15,
        fCnt: 11,
        framePayload: hex("beef"),
        decodedPayload: undefined,
        confirmed: true,
        priority: "NORMAL",
        sessionKeyId: "AWnj0318qrtJ7kbudd8Vmw==",
        correlationIds: ["my-correlation-id", "..."],
        attempt: undefined,
        maximumAttempts: undefined,
      },
    });
  });

  it("reads the same values when the application is on a server without tenants", () => {
    for (const { topic, bytes, kind } of tutorialMessages) {
      const result = decode(topic.replace("@tenant1", ""), bytes);
      assert.equal(result.kind, kind);
      assert.equal(result.applicationUid, "app1");
      assert.deepEqual("problems" in result && result.problems, []);
    }
  });

  it("has a kind for each topic when the topics are those of the tutorial", () => {
    const bodies: Record<string, string> = {
      join: "join_accept",
      up: "uplink_message",
      "down/queued": "downlink_queued",
      "down/sent": "downlink_sent",
      "down/ack": "downlink_ack",
      "down/nack": "downlink_nack",
      "down/failed": "downlink_failed",
      "service/data": "service_data",
      "location/solved": "location_solved",
    };
    for (const topic of tutorialTopics) {
      const key = bodies[topic.split("/").slice(4).join("/")] ?? "";
      const result = decode(topic, bytesOf({ [key]: {} }));
      assert.notEqual(result.kind, "undecodable", topic);
      assert.deepEqual("problems" in result && result.problems, [], topic);
    }
  });
});

describe("decode: kind and place", () => {
  it("P25 is undecodable but names the device when the body has an unknown key", () => {
    for (const suffix of ["up/newthing", "up"]) {
      const result = decodeAs("undecodable", upTopic("probe-1", suffix), {
        end_device_ids: { device_id: "probe-1" },
        uplink_newthing: { f_port: 1 },
      });
      assert.equal(result.deviceId, "probe-1");
      assert.equal(result.applicationUid, "soil-lab@ttn");
    }
  });

  it("T02 decodes by the body's key when the topic's suffix is unknown", () => {
    const { bytes } = goldenNamed("up");
    for (const suffix of ["up/newthing", "up/extra/levels", "down/push", "down/replace"]) {
      const result = decodeAs("uplink", upTopic(soilLabDevice, suffix), bytes);
      assert.equal(result.fCnt, 113);
    }
  });

  it("T11 is undecodable when push or replace is seen upstream", () => {
    for (const suffix of ["down/push", "down/replace"]) {
      const result = decodeAs("undecodable", upTopic("probe-1", suffix), { downlinks: [] });
      assert.equal(result.reason, "unknown kind of message");
      assert.equal(result.deviceId, "probe-1");
    }
  });

  it("flags the message when topic and body name different kinds", () => {
    const result = decodeAs("uplink", upTopic(soilLabDevice, "join"), goldenNamed("up").bytes);
    assert.deepEqual(result.problems, ["the topic says join"]);
  });

  it("T08 takes the topic's device and flags it when the body names another", () => {
    const result = decodeAs("uplink", upTopic("other-device"), goldenNamed("up").bytes);
    assert.equal(result.deviceId, "other-device");
    assert.deepEqual(result.problems, [`the body names ${soilLabDevice}`]);
  });

  it("T08 does not repeat the other id when it breaks the grammar", () => {
    const body = {
      end_device_ids: {
        device_id: "[x](command:y)",
        application_ids: { application_id: "<b>" },
      },
      join_accept: {},
    };
    const { problems } = decodeAs("join", upTopic("probe-1", "join"), body);
    assert.deepEqual(problems, [
      "the body names another device",
      "the body names another application",
    ]);
  });

  it("T08 flags the message when the body names another application", () => {
    const body = parseBody(goldenNamed("join").bytes);
    const { topic } = goldenNamed("join");
    const result = decodeAs("join", topic.replace("soil-lab@", "water-lab@"), body);
    assert.equal(result.applicationUid, "water-lab@ttn");
    assert.deepEqual(result.problems, ["the body names soil-lab application"]);
  });

  it("P12 accepts an id when it is by the grammar, and no other", () => {
    const result = decodeAs("join", upTopic("constructor", "join"), { join_accept: {} });
    assert.equal(result.deviceId, "constructor");
    const refused = decodeAs("undecodable", upTopic("--proto--", "join"), { join_accept: {} });
    assert.equal(refused.deviceId, undefined);
    assert.equal(refused.reason, "unknown topic");
  });

  it("P27 keeps its own kind and mark when normalized or simulated", () => {
    const normalized = goldenNamed("up-normalized");
    assert.equal(decode(normalized.topic, normalized.bytes).kind, "uplinkNormalized");
    const simulated = uplinkBody({ f_port: 1 }, { simulated: true });
    assert.equal(decodeAs("uplink", upTopic(), simulated).simulated, true);
  });

  it("P29 decodes a join or an acknowledgement when nothing came before it", () => {
    assert.equal(
      decodeAs("join", upTopic("probe-1", "join"), { join_accept: {} }).devAddr,
      undefined,
    );
    const ack = decodeAs("downlinkAck", upTopic("probe-1", "down/ack"), { downlink_ack: {} });
    assert.deepEqual(ack.downlink.correlationIds, []);
    assert.equal(ack.downlink.priority, "LOWEST");
  });
});

describe("decode: bodies that are no message", () => {
  const bad: readonly (readonly [id: string, context: string, body: unknown, reason: RegExp])[] = [
    ["P01", "the body is empty", new Uint8Array(), /^empty message$/],
    ["P02", "a sequence is overlong", Uint8Array.from([0x22, 0xc0, 0xaf, 0x22]), /^not UTF-8$/],
    ["P02", "a continuation byte stands alone", Uint8Array.from([0x22, 0x80, 0x22]), /^not UTF-8$/],
    ["P02", "a sequence is truncated", Uint8Array.from([0x22, 0xe2, 0x82]), /^not UTF-8$/],
    [
      "P02",
      "a surrogate is encoded",
      Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80, 0x22]),
      /^not UTF-8$/,
    ],
    ["P03", "a comma trails", '{"uplink_message":{},}', /^not JSON: error at character 22$/],
    ["P03", "there are two documents", '{"a":1}{"b":2}', /^not JSON: error at character 8$/],
    ["P03", "a word is misspelt", '{"a":tru}', /^not JSON: error at character 6$/],
    ["P03", "Python wrote it", '{"a":True}', /^not JSON: error at character 6$/],
    ["P03", "the text names a false position", '{"position 9":x}', /error at character 15$/],
    ["P03", "it was cut off", '{"a":{"b":[1,', /^not JSON: it ends too early$/],
    ["P03", "it was cut off in a string", '{"a":"bcd', /^not JSON: it ends too early$/],
    ["P04", "it is null", "null", /^not an upstream message$/],
    ["P04", "it is a number", "42", /^not an upstream message$/],
    ["P04", "it is a string", '"x"', /^not an upstream message$/],
    ["P04", "it is a list", "[]", /^not an upstream message$/],
    ["P04", "it is an empty object", "{}", /^not an upstream message$/],
    ["P06", "the message is no object", { uplink_message: 3 }, /^uplink_message is not an object$/],
    ["P06", "the message is null", { uplink_message: null }, /^uplink_message is not an object$/],
  ];
  for (const [id, context, body, reason] of bad) {
    it(`${id} is undecodable with its device when ${context}`, () => {
      const bytes = body instanceof Uint8Array ? body : bytesOf(body);
      const result = decodeAs("undecodable", upTopic("probe-1"), bytes);
      assert.match(result.reason, reason);
      assert.equal(result.size, bytes.length);
      assert.equal(result.deviceId, "probe-1");
      assert.equal(result.topic, upTopic("probe-1"));
    });
  }

  it("P03 decodes when a byte order mark comes first", () => {
    const body = Buffer.concat([Uint8Array.from([0xef, 0xbb, 0xbf]), goldenNamed("up").bytes]);
    assert.equal(decodeAs("uplink", upTopic(), new Uint8Array(body)).fCnt, 113);
  });

  it("P07 decodes up to 256 KiB and not beyond", () => {
    const start = '{"join_accept":{},"x":"';
    const fill = 256 * 1024 - start.length - 2;
    const largest = `${start}${"a".repeat(fill)}"}`;
    assert.equal(decodeAs("join", upTopic(), bytesOf(largest)).kind, "join");
    const larger = decodeAs("undecodable", upTopic(), bytesOf(`${largest} `));
    assert.match(larger.reason, /larger than 256 KiB/);
  });

  for (const depth of [65, 5_000, 100_000]) {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      it(`P08 refuses before parsing when ${depth} of ${open} are nested`, () => {
        const body = `${open.repeat(depth)}1${close.repeat(depth)}`;
        const { reason } = decodeAs("undecodable", upTopic(), bytesOf(body));
        assert.match(reason, depth < 60_000 || open === "[" ? /deeper than 64/ : /larger than/);
      });
    }
  }

  it("P08 decodes when 64 levels are nested", () => {
    const inner = `${"[".repeat(62)}1${"]".repeat(62)}`;
    decodeAs("join", upTopic(), bytesOf(`{"join_accept":{"x":${inner}}}`));
  });

  it("P08 does not count brackets when they stand in strings", () => {
    const text = `${"[{".repeat(500)}\\"${"[".repeat(500)}\\\\`;
    decodeAs("join", upTopic(), bytesOf(`{"join_accept":{},"x":"${text}"}`));
  });
});
