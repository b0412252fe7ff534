import assert from "node:assert/strict";
import type { ConnectionFailure, ConnectionState } from "../../src/mqtt/connectionState";
import { Application } from "../../src/model/application";
import { EndDevice } from "../../src/model/endDevice";
import { decode } from "../../src/stack/decode";
import {
  connectionDetails,
  connectionSummary,
  connectionText,
  connectionWord,
} from "../../src/views/connectionText";
import { clockTime, duration, preciseDuration } from "../../src/views/times";
import { deviceFacts } from "../../src/views/tree/deviceFacts";
import { deviceHealth, deviceMarks, type DeviceHealth } from "../../src/views/tree/deviceHealth";
import { treeHints } from "../../src/views/tree/treeHints";
import { decodeAs, goldenNamed, soilLab, soilLabDevice, upTopic } from "../support/fixtures";

const minute = 60_000;
const t0 = new Date(2026, 1, 23, 12, 4, 31, 482).getTime();

type Arrival = readonly [minutes: number, name: string];

function deviceAfter(...arrivals: readonly Arrival[]): EndDevice {
  const device = new EndDevice(soilLabDevice, t0);
  arrivals.forEach(([minutes, name], index) => {
    const { topic, bytes } =
      name === "bad" ? { topic: upTopic(), bytes: Uint8Array.of(1) } : goldenNamed(name);
    device.apply(decode(topic, bytes), index, t0 + minutes * minute);
  });
  return device;
}

describe("deviceHealth and deviceMarks", () => {
  const cases: readonly (readonly [
    context: string,
    arrivals: readonly Arrival[],
    atMinute: number,
    health: DeviceHealth,
    marks: readonly string[],
  ])[] = [
    ["nothing came", [], 0, "quiet", []],
    ["an uplink came", [[0, "up"]], 5, "heard", []],
    ["it joined and said nothing since", [[0, "join"]], 1, "heard", ["joined"]],
    [
      "it joined and spoke",
      [
        [0, "join"],
        [1, "up"],
      ],
      2,
      "heard",
      [],
    ],
    [
      "it joins again and again",
      [
        [0, "join"],
        [1, "join"],
        [2, "join"],
      ],
      3,
      "rejoining",
      ["joined 3 times in 10 min"],
    ],
    [
      "that was long ago",
      [
        [0, "join"],
        [1, "join"],
        [2, "join"],
        [2, "up"],
      ],
      20,
      "heard",
      [],
    ],
    [
      "a downlink waits",
      [
        [0, "up"],
        [1, "down-queued"],
      ],
      2,
      "waiting",
      ["1 downlink waiting 1 min"],
    ],
    [
      "a downlink failed",
      [
        [0, "up"],
        [1, "down-failed"],
      ],
      2,
      "failure",
      ["downlink failed"],
    ],
    [
      "that failure is old",
      [
        [0, "up"],
        [1, "down-failed"],
      ],
      12,
      "heard",
      [],
    ],
    [
      "it is quiet for too long",
      [
        [0, "up"],
        [10, "up"],
        [20, "up"],
      ],
      51,
      "overdue",
      ["usually every 10 min"],
    ],
    ["nothing of it can be decoded", [[0, "bad"]], 0, "quiet", ["not decodable"]],
    [
      "one of two can be decoded",
      [
        [0, "bad"],
        [0, "up"],
      ],
      0,
      "heard",
      [],
    ],
  ];
  for (const [context, arrivals, atMinute, health, marks] of cases) {
    it(`is ${health} when ${context}`, () => {
      const device = deviceAfter(...arrivals);
      assert.equal(deviceHealth(device, t0 + atMinute * minute), health);
      assert.deepEqual(deviceMarks(device, t0 + atMinute * minute), marks);
    });
  }

  it("counts downlinks that wait", () => {
    const device = new EndDevice("probe-1", t0);
    for (const id of ["A", "B"]) {
      device.apply(
        decodeAs("downlinkQueued", upTopic("probe-1"), {
          downlink_queued: { correlation_ids: [`as:downlink:${id}`] },
        }),
        1,
        t0,
      );
    }
    assert.deepEqual(deviceMarks(device, t0), ["2 downlinks waiting 0 s"]);
  });
});

describe("deviceFacts", () => {
  it("tells all that is known, and nothing that is not", () => {
    const device = deviceAfter(
      [0, "join"],
      [1, "up-decoded"],
      [2, "up-normalized"],
      [3, "location-solved"],
      [4, "down-queued"],
      [5, "down-failed"],
    );
    assert.deepEqual(deviceFacts(device, t0 + 6 * minute), [
      ["DevEUI", "70B3D57ED0051234"],
      ["JoinEUI", "0000000000000000"],
      ["DevAddr", "260B4A7C"],
      ["Last heard", "12:05:31, 5 min ago"],
      ["Last values", "battery_mv=3300 illuminance_lux=500 temperature_c=23.7"],
      ["Formatter's warnings", "battery below 3.4 V"],
      ["Last payload", "0C E4 01 F4 09 42 on FPort 2"],
      ["FCnt", "114"],
      ["Reception", "-92 dBm, 7.5 dB SNR, SF9, 1 gateway"],
      ["Battery", "90 %"],
      ["Location", "51.98731, 5.66388"],
      ["Downlinks waiting", "1"],
      ["Last failure", "12:09:31, 1 min ago: the event's line tells why"],
    ]);
    assert.deepEqual(deviceFacts(new EndDevice("probe-1", t0), t0), []);
  });

  it("P14 P22 bounds payloads and leaves out levels that are none", () => {
    const device = new EndDevice("probe-1", t0);
    const fields = { frm_payload: "A".repeat(80), rx_metadata: [{ rssi: "NaN", snr: 1e308 }, {}] };
    device.apply(decodeAs("uplink", upTopic("probe-1"), { uplink_message: fields }), 1, t0);
    const facts = new Map(deviceFacts(device, t0));
    assert.equal(
      facts.get("Last payload"),
      `${Array.from({ length: 32 }, () => "00").join(" ")} … on FPort 0`,
    );
    assert.equal(facts.get("Reception"), "2 gateways");
    assert.equal(facts.has("Last values"), false);
  });

  it("M15 tells beside the FCnt when it came late, or was reset", () => {
    const device = new EndDevice("probe-1", t0);
    const factAfter = (f_cnt: number) => {
      device.apply(decodeAs("uplink", upTopic("probe-1"), { uplink_message: { f_cnt } }), 1, t0);
      return new Map(deviceFacts(device, t0)).get("FCnt");
    };
    assert.deepEqual([5, 4, 6, 0].map(factAfter), ["5", "4, late", "6", "0, reset"]);
  });

  it("says so when the last payload was empty", () => {
    const device = new EndDevice("probe-1", t0);
    device.apply(decodeAs("uplink", upTopic("probe-1"), { uplink_message: { f_port: 3 } }), 1, t0);
    assert.equal(new Map(deviceFacts(device, t0)).get("Last payload"), "empty on FPort 3");
  });
});

const failure: ConnectionFailure = {
  class: "ask",
  code: "CONNACK_5",
  reason: "the server refused the key",
  advice: "Check the key.",
  fix: "setApiKey",
};

function applicationIn(connection: ConnectionState, change: object = {}): Application {
  const application = new Application({ ...soilLab, ...change });
  application.connection = connection;
  return application;
}

describe("connectionText", () => {
  const states: readonly (readonly [state: ConnectionState, text: string, word: string])[] = [
    [{ phase: "stopped" }, "not connected", "stopped"],
    [{ phase: "connecting", attempt: 1 }, "connecting", "trying"],
    [{ phase: "connecting", attempt: 3 }, "connecting, attempt 3", "trying"],
    [{ phase: "connected", since: t0 }, "connected · waiting for the first message", "live"],
    [
      { phase: "waiting", attempt: 2, until: t0 + 30_000, failure },
      "the server refused the key · next attempt in 30 s",
      "trying",
    ],
    [
      { phase: "waiting", attempt: 2, until: t0 - 1_000, failure },
      "the server refused the key · next attempt in 0 s",
      "trying",
    ],
    [{ phase: "failed", failure }, "the server refused the key", "failed"],
  ];
  for (const [state, text, word] of states) {
    it(`is "${text}" when ${state.phase}`, () => {
      assert.equal(connectionText(applicationIn(state), t0), text);
      assert.equal(connectionWord(applicationIn(state)), word);
    });
  }

  it("tells the rate, and how long it is silent", () => {
    const application = applicationIn({ phase: "connected", since: t0 });
    for (let count = 0; count < 18; count++) application.countMessage(t0);
    assert.equal(connectionText(application, t0 + 1_000), "connected · 18/min");
    assert.equal(connectionText(application, t0 + 5 * minute), "connected · silent for 5 min");
  });

  it("R8 tells the age of the last message for the status bar", () => {
    const application = applicationIn({ phase: "connected", since: t0 });
    const summary = (now: number) => connectionSummary(application, now);
    assert.equal(summary(t0), "soil-lab@ttn: connected · waiting for the first message");
    application.countMessage(t0);
    assert.equal(summary(t0 + 12_000), "soil-lab@ttn: connected · 1/min · last message 12 s ago");
    assert.equal(summary(t0 + 5 * minute), "soil-lab@ttn: connected · silent for 5 min");
    application.connection = { phase: "stopped" };
    assert.equal(summary(t0 + 5 * minute), "soil-lab@ttn: not connected · last message 5 min ago");
  });

  it("says that a certificate was verified only of a connection that stands", () => {
    const states: readonly ConnectionState[] = [
      { phase: "stopped" },
      { phase: "connecting", attempt: 1 },
      { phase: "waiting", attempt: 2, until: t0, failure },
      { phase: "failed", failure },
    ];
    for (const state of states) {
      assert.equal(connectionDetails(applicationIn(state), t0)[1], "TLS");
    }
    const connected = applicationIn({ phase: "connected", since: t0 });
    assert.equal(connectionDetails(connected, t0)[1], "TLS, certificate verified");
  });

  it("tells server, protection, state, advice and counters in the tooltip", () => {
    const application = applicationIn({ phase: "failed", failure });
    application.countMessage(t0 - 90_000);
    application.undecodableCount = 2;
    application.shedCount = 4;
    application.evictedCount = 5;
    application.forgottenDevices = 3;
    assert.deepEqual(connectionDetails(application, t0), [
      "soil-lab@ttn on eu1.cloud.thethings.network:8883",
      "TLS",
      "the server refused the key",
      "Check the key.",
      "0 end devices, 1 message",
      "Last message 12:03:01, 1 min ago",
      "2 not decodable",
      "4 not shown: they came too fast",
      "5 no longer kept: newer ones took their place",
      "3 more end devices are not listed",
    ]);
  });

  it("R14 says that everything travels readable when there is no TLS beyond this computer", () => {
    const application = applicationIn(
      { phase: "connected", since: t0 },
      { security: "plaintext", host: "lns.example.com", port: 1883 },
    );
    const details = connectionDetails(application, t0).join("\n");
    assert.match(details, /PLAINTEXT/);
    assert.match(details, /Connected since 12:04:31/);
  });
});

describe("treeHints", () => {
  const commandsOf = (state: ConnectionState, devices = 0) => {
    const application = applicationIn(state);
    for (let index = 0; index < devices; index++) application.endDevice(`probe-${index}`, t0);
    return treeHints(application).map(({ command, text }) => command?.id ?? text);
  };

  it("offers to connect, or says what is going on, when there are no end devices", () => {
    assert.deepEqual(commandsOf({ phase: "stopped" }), ["thethingsstack.application.connect"]);
    assert.deepEqual(commandsOf({ phase: "connecting", attempt: 1 }), ["Connecting…"]);
    assert.match(
      commandsOf({ phase: "connected", since: t0 }).join(" "),
      /10 to 60 minutes.*no history/,
    );
  });

  it("says nothing when there are end devices and no trouble", () => {
    assert.deepEqual(commandsOf({ phase: "stopped" }, 1), []);
    assert.deepEqual(commandsOf({ phase: "connecting", attempt: 1 }, 1), []);
    assert.deepEqual(commandsOf({ phase: "connected", since: t0 }, 1), []);
  });

  it("gives the advice first and the fix that fits when the connection failed", () => {
    const key = commandsOf({ phase: "failed", failure }, 1);
    assert.equal(key[0], "Check the key.");
    assert.ok(key.includes("thethingsstack.application.setApiKey"));
    assert.ok(key.includes("thethingsstack.application.connect"));
    const host = commandsOf({ phase: "failed", failure: { ...failure, fix: "edit" } });
    assert.ok(host.includes("thethingsstack.application.edit"));
    assert.ok(!host.includes("thethingsstack.application.setApiKey"));
    const waiting = commandsOf({
      phase: "waiting",
      attempt: 2,
      until: t0,
      failure: { ...failure, fix: undefined },
    });
    assert.deepEqual(waiting, ["Check the key.", "thethingsstack.application.connect"]);
  });
});

describe("times", () => {
  it("writes local time with milliseconds", () => assert.equal(clockTime(t0), "12:04:31.482"));

  const spans: readonly (readonly [milliseconds: number, short: string, precise: string])[] = [
    [-5_000, "0 s", "0 s"],
    [0, "0 s", "0 s"],
    [499, "0 s", "0 s"],
    [59_499, "59 s", "59 s"],
    [59_500, "1 min", "1 min"],
    [192_000, "3 min", "3 min 12 s"],
    [3_599_400, "59 min", "59 min 59 s"],
    [3_600_000, "1 h", "1 h"],
    [7_500_000, "2 h 5 min", "2 h 5 min"],
    [86_400_000 * 4.5, "4 d", "4 d"],
  ];
  for (const [milliseconds, short, precise] of spans) {
    it(`writes ${milliseconds} ms as ${short} and ${precise}`, () => {
      assert.equal(duration(milliseconds), short);
      assert.equal(preciseDuration(milliseconds), precise);
    });
  }
});
