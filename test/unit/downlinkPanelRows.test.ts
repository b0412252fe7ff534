import assert from "node:assert/strict";
import type { DownlinkEvidence } from "../../src/model/downlinkEvidence";
import type { DownlinkState, DownlinkStep, TrackedDownlink } from "../../src/model/downlinkVerdict";
import type { JsonObject, ServerError } from "../../src/stack/messages";
import { toRow as rowOf, toRows, untilAged } from "../../src/views/downlink/downlinkRows";
import { isHostMessage } from "../../src/webview/downlink/hostMessages";
import { usualEvidence } from "../support/downlinkFakes";

const now = new Date(2026, 10, 23, 12, 10, 0).getTime();

function tracked(
  steps: readonly (readonly [DownlinkStep["state"], number, string?])[],
  downlink: Partial<TrackedDownlink["downlink"]> = {},
): TrackedDownlink {
  const correlationId = "tts-explorer:0000000000000000000000007K2P";
  return {
    correlationId,
    applicationKey: "key",
    deviceId: "pump-controller-3",
    operation: "push",
    downlink: {
      fPort: 15,
      bytes: Uint8Array.of(0xbe, 0xef),
      fields: undefined,
      priority: "NORMAL",
      confirmed: false,
      correlationId,
      userCorrelationIds: ["order-7"],
      ...downlink,
    },
    steps: steps.map(([state, at, note]) => ({ state, at, note })),
    queuedAs: undefined,
    error: undefined,
    gaps: [],
  };
}

const toRow = (each: TrackedDownlink, at: number, known: Partial<DownlinkEvidence> = {}) =>
  rowOf(each, at, { ...usualEvidence, ...known });

describe("downlink panel: rows", () => {
  it("says what was sent and lets it be used again", () => {
    const row = toRow(tracked([["publishing", now]], { confirmed: true }), now);
    assert.equal(row.title, "BE EF");
    assert.equal(row.details, "FPort 15 · 2 bytes · NORMAL · confirmed");
    assert.equal(row.shortId, "7K2P");
    assert.deepEqual(row.userCorrelationIds, ["order-7"]);
    assert.equal(row.again.texts.hex, "BE EF");
    assert.equal(row.again.correlationIds, "order-7");
  });

  it("keeps fields as fields and an empty frame as one", () => {
    const fields = toRow(tracked([], { bytes: undefined, fields: { valve: "open" } }), now);
    assert.equal(fields.title, '{"valve":"open"}');
    assert.equal(fields.again.format, "fields");
    const empty = toRow(tracked([], { bytes: new Uint8Array() }), now);
    assert.equal(empty.title, "empty frame");
    assert.equal(empty.again.allowEmpty, true);
  });

  const words: readonly (readonly [DownlinkStep["state"], boolean, string, RegExp])[] = [
    ["publishing", false, "waiting", /on its way/],
    ["published", false, "waiting", /reached the server; waiting for its answer/],
    ["notPublished", false, "bad", /^not sent: no route/],
    ["unknown", false, "warning", /no answer from the server: unknown whether it was sent/],
    ["noAnswer", false, "warning", /^not confirmed: no answer from the server/],
    ["superseded", false, "info", /^superseded: no route/],
    ["queued", false, "waiting", /in the server's queue/],
    ["sent", false, "done", /^handed to a gateway, which does not mean received$/],
    ["sent", true, "waiting", /waiting for the acknowledgement/],
    ["acknowledged", true, "good", /acknowledged by the end device/],
    ["notAcknowledged", true, "warning", /not acknowledged: no route/],
    ["failed", true, "bad", /failed: no route/],
  ];
  for (const [state, confirmed, tone, text] of words) {
    it(`words for ${state}${confirmed ? " (confirmed)" : ""}`, () => {
      const before = state === "superseded" ? ([["queued", now]] as const) : [];
      const row = toRow(tracked([...before, [state, now, "no route"]], { confirmed }), now);
      assert.equal(row.tone, tone);
      assert.match(row.state, text);
    });
  }

  it("times each step and the way from the one before", () => {
    const row = toRow(
      tracked([
        ["publishing", now - 200_000],
        ["published", now - 199_800],
        ["queued", now - 10_000],
        ["sent", now - 10_500],
      ]),
      now,
    );
    assert.deepEqual(
      row.steps.map(({ time, since }) => `${time} ${since}`),
      ["12:06:40.000 ", "12:06:40.200 +0.2 s", "12:09:50.000 +3 min 10 s", "12:09:49.500 +0.0 s"],
    );
    const old = toRow(tracked([["publishing", now - 86_400_000]]), now);
    assert.equal(old.steps[0]?.time, "2026-11-22 12:10:00.000");
  });

  it("leaves out the receipt of the server that comes after its queue's", () => {
    const words = (...states: readonly DownlinkState[]) =>
      toRow(tracked(states.map((state) => [state, now] as const)), now).steps.map(
        ({ word }) => word,
      );
    assert.deepEqual(words("publishing", "queued", "published"), ["composed", "queued"]);
    assert.deepEqual(words("publishing", "published", "queued"), [
      "composed",
      "reached the server",
      "queued",
    ]);
  });

  it("D20 shows a server's text as harmless text of bounded length", () => {
    const text = `\u202E<img src=x>\n${"x".repeat(5000)}`;
    const { state, steps } = toRow(tracked([["failed", now, text]]), now);
    for (const shown of [state, steps[0]?.note ?? ""]) {
      assert.ok(shown.length < 1200);
      assert.doesNotMatch(shown, /[\u202E\n]/);
      assert.match(shown, /<img src=x>/);
    }
  });

  it("bounds steps and rows and counts what it left out", () => {
    const steps = Array.from({ length: 90 }, () => ["sent", now] as const);
    const row = toRow(tracked(steps), now);
    assert.equal(row.steps.length, 20);
    assert.match(row.details, /70 earlier steps not shown/);
    const fields = { text: "x".repeat(60_000) };
    const big = Array.from({ length: 80 }, () => tracked([], { bytes: undefined, fields }));
    const { rows, more } = toRows(big, now, usualEvidence);
    assert.equal(rows.length + more, 80);
    assert.ok(JSON.stringify(rows).length < 150_000);
  });
});

describe("downlink panel: long fields", () => {
  const state = (row: ReturnType<typeof toRow>) => ({
    ...{ type: "state", post: 1, applications: [], targetNumber: 1, devices: [], moreDevices: 0 },
    ...{ gateways: [], queue: { ours: [], more: 0, others: 0 }, sent: [row], moreSent: 0 },
    ...{ sending: false, wait: "" },
  });
  const rowWith = (fields: JsonObject) => toRow(tracked([], { bytes: undefined, fields }), now);

  it("brings them back in lines, or in one line if they fit no other way into the form", () => {
    assert.equal(rowWith({ a: 1 }).again.texts.fields, '{\n  "a": 1\n}');
    const many = { list: Array.from({ length: 20_000 }, () => 1) };
    const row = rowWith(many);
    assert.deepEqual(JSON.parse(row.again.texts.fields), many);
    assert.equal(isHostMessage(state(row)), true);
  });

  it("never hands the page more than it takes, which would show nothing any more", () => {
    const row = rowWith({ list: Array.from({ length: 10_000 }, () => 1e20) });
    assert.equal(isHostMessage(state(row)), true);
  });
});

describe("downlink panel: what a downlink waits for", () => {
  const minute = 60_000;
  const queued = tracked([["queued", now - 58 * minute]], { bytes: Uint8Array.of(1) });
  const rhythms: readonly (readonly [name: string, Partial<DownlinkEvidence>, RegExp])[] = [
    [
      "heard lately",
      { lastHeardAt: now - 7 * minute },
      /every 10 min, last heard 7 min ago: next chance in about 3 min\.$/,
    ],
    [
      "a little late",
      { lastHeardAt: now - 12 * minute },
      /last heard 12 min ago: due any moment\.$/,
    ],
    ["silent for an hour", { lastHeardAt: now - 60 * minute }, /overdue by 50 min\.$/],
    [
      "irregular",
      { lastHeardAt: now - 60 * minute, speaksRegularly: false },
      /speaks irregularly, last heard 1 h ago\.$/,
    ],
    [
      "heard once",
      { lastHeardAt: now - minute, usualInterval: undefined },
      /It was last heard 1 min ago\.$/,
    ],
    ["never heard", {}, /not heard here yet\.$/],
    [
      "not listened to",
      { isConnected: false, lastHeardAt: now - 60 * minute },
      /^A class A .* Not connected: whether it speaks is not heard now\.$/,
    ],
  ];
  for (const [name, known, text] of rhythms) {
    it(`says when the next chance comes for an end device that was ${name}`, () => {
      assert.match(toRow(queued, now, known).advice, text);
    });
  }

  it("names the silent end device, not the downlink, when it is overdue", () => {
    const { warnings } = toRow(queued, now, { lastHeardAt: now - 60 * minute });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /overdue by 50 min\. Look at the end device/);
    assert.deepEqual(toRow(queued, now, { lastHeardAt: now - 7 * minute }).warnings, []);
  });

  it("warns of what does not fit at the data rate seen last", () => {
    const long = tracked([["queued", now]], { bytes: new Uint8Array(60) });
    const limit = { bytes: 51, dataRate: "SF12" };
    assert.match(toRow(long, now, { limit }).warnings.join(), /60 bytes do not fit at SF12/);
    assert.deepEqual(toRow(long, now).warnings, []);
  });

  it("is told anew while something waits", () => {
    assert.equal(untilAged([queued]), 10_000);
    assert.equal(untilAged([tracked([["failed", now]])]), undefined);
  });
});

describe("downlink panel: what is odd", () => {
  const sent = (queuedAs: TrackedDownlink["queuedAs"], downlink = {}) =>
    toRow({ ...tracked([["queued", now]], downlink), queuedAs }, now);
  const fields = { bytes: undefined, fields: { valve: "open" } };

  it("warns when the server has queued something else than was sent", () => {
    const same = { fPort: 15, bytes: Uint8Array.of(0xbe, 0xef) };
    assert.deepEqual(sent(same).warnings, []);
    assert.match(sent({ ...same, fPort: 3 }).warnings.join(), /on FPort 3 instead of 15/);
    assert.match(sent({ ...same, bytes: Uint8Array.of(4) }).warnings.join(), /other bytes .*: 04/);
    assert.match(sent({ ...same, bytes: new Uint8Array() }).warnings.join(), /an empty frame/);
  });

  it("shows what the server's formatter made of fields, and warns when it is nothing", () => {
    const made = sent({ fPort: 7, bytes: Uint8Array.of(1, 1, 44) }, fields);
    assert.match(made.details, /^FPort 7 · fields · encoded as 01 01 2C/);
    assert.match(
      made.warnings.join(),
      /^The server has queued it on FPort 7 instead of 15, as the/,
    );
    const warned = sent({ fPort: 15, bytes: Uint8Array.of(1), warnings: ["odd"] }, fields);
    assert.deepEqual(warned.warnings, ["The server's payload formatter warns: odd."]);
    const nothing = sent({ fPort: 15, bytes: new Uint8Array() }, fields);
    assert.match(nothing.warnings.join(), /queued an empty frame: it has no payload formatter/);
  });

  it("does not claim a failure when the connection was down, and says what may be missed", () => {
    const gap = { from: now - 7 * 60_000, to: now - 60_000 };
    const waits = {
      ...tracked(
        [
          ["queued", now - 600_000],
          ["sent", now - 500_000],
        ],
        { confirmed: true },
      ),
      gaps: [gap],
    };
    const row = toRow(waits, now);
    assert.equal(row.tone, "waiting");
    assert.match(
      row.warnings.join(),
      /Not connected from 12:03:00 to 12:09:00, so its acknowledgement may have been missed/,
    );
    assert.deepEqual(
      row.steps.map(({ word }) => word),
      ["queued", "sent", "not connected"],
    );
    assert.match(row.steps[2]?.note ?? "", /Until 12:09:00\.000 \(6 min\)/);
    const acked = {
      ...waits,
      steps: [...waits.steps, { state: "acknowledged", at: now, note: "" } as const],
    };
    assert.deepEqual(toRow(acked, now).warnings, []);
    const open = toRow({ ...waits, gaps: [{ ...gap, to: undefined }] }, now);
    assert.match(open.warnings.join(), /Not connected since 12:03:00/);
  });
});

describe("downlink panel: why the server is silent", () => {
  const begun = now - 20_000;
  const silent = (state: "noAnswer" | "unknown" = "noAnswer", downlink = {}) =>
    tracked(
      state === "noAnswer"
        ? [
            ["publishing", begun],
            ["published", begun + 100],
            ["noAnswer", begun + 15_100],
          ]
        : [
            ["publishing", begun],
            ["unknown", begun + 10_000],
          ],
      downlink,
    );
  const first = (row: ReturnType<typeof toRow>) => row.causes[0];

  it("D15 tells how long, ranks the causes and offers a check for each", () => {
    const row = toRow(silent(), now);
    assert.equal(row.state, "not confirmed: no answer from the server after 15.0 s");
    assert.match(first(row)?.text ?? "", /lack the right to send downlinks/);
    assert.equal(first(row)?.label, "Check the connection");
    assert.ok(row.causes.length >= 2);
    assert.ok(row.causes.every(({ label }) => label !== ""));
    assert.match(row.ruledOut, /^Ruled out: .*stayed up.*; the end device exists/);
    assert.equal(row.againLabel, "Send again…");
  });

  const ranked: readonly (readonly [
    name: string,
    row: ReturnType<typeof toRow>,
    text: RegExp,
    remedy: string,
  ])[] = [
    [
      "the id is like a known one",
      toRow(silent(), now, {
        ...{ isKnownDevice: false, nearestDevice: () => "pump-controller-8" },
      }),
      /never seen .* pump-controller-8 was: a slip/,
      "useDevice",
    ],
    [
      "nothing like the id is known and the key may write",
      toRow(silent(), now, { isKnownDevice: false, mayWrite: true }),
      /never seen/,
      "events",
    ],
    [
      "fields were sent, and the rest is ruled out",
      toRow(silent("noAnswer", { bytes: undefined, fields: {} }), now, { mayWrite: true }),
      /formatter on the server may refuse these fields/,
      "asBytes",
    ],
    [
      "the check found that the key may not write",
      toRow(silent(), now, { mayWrite: false, isKnownDevice: false }),
      /may not send downlinks/,
      "check",
    ],
    [
      "the server did not take the packet",
      toRow(silent("unknown"), now),
      /did not even confirm that it took the packet/,
      "check",
    ],
    [
      "the connection closed within two seconds",
      toRow({ ...silent("unknown"), gaps: [{ from: begun + 1_900, to: undefined }] }, now),
      /closed the connection right after the publish.*rate limit/,
      "events",
    ],
    [
      "the connection was lost later",
      toRow({ ...silent(), gaps: [{ from: begun + 5_000, to: now }] }, now),
      /lost while the answer was due/,
      "events",
    ],
    [
      "the machine slept, since a moment before the publish as far as its clock tells",
      toRow({ ...silent(), gaps: [{ from: begun - 400, to: now }] }, now),
      /lost while the answer was due/,
      "events",
    ],
  ];
  for (const [name, row, text, remedy] of ranked) {
    it(`names the likeliest cause when ${name}`, () => {
      assert.match(first(row)?.text ?? "", text);
      assert.equal(first(row)?.remedy, remedy);
    });
  }

  it("has no causes for what the server has answered to", () => {
    const row = toRow(
      tracked([
        ["noAnswer", begun],
        ["queued", now],
      ]),
      now,
    );
    assert.deepEqual([row.causes, row.ruledOut], [[], ""]);
  });
});

describe("downlink panel: why the server gave up", () => {
  const failed = (name: string, attributes: JsonObject = {}, known = {}) => {
    const error: ServerError = { namespace: "", name, text: "in the server's words", attributes };
    return toRow({ ...tracked([["failed", now, error.text]]), error }, now, known);
  };
  const names = [
    ...["no_f_port", "no_device_session", "no_app_s_key", "app_s_key", "rebuild"],
    ...["max_retries_reached", "device_not_found", "application_downlink_too_long"],
    ...["f_cnt_too_low", "unknown_session", "unknown_mac_state", "downlink_queue_capacity"],
    ...["downlink_expired", "absolute_time", "fixed_paths", "confirmed_multicast_downlink"],
    ...["no_downlink_path", "transmission"],
  ];
  it("has plain words and advice for every name of tts-mqtt §8, and keeps the server's in the step", () => {
    for (const name of names) {
      const { state, advice, steps } = failed(name);
      assert.doesNotMatch(state, /_|in the server's words/, name);
      assert.match(advice, /\.$/, name);
      assert.equal(steps[0]?.note, "in the server's words");
    }
  });

  it("uses the server's own words for a name it does not know", () => {
    assert.equal(failed("something_new").state, "failed: in the server's words");
    assert.equal(failed("__proto__").state, "failed: in the server's words");
  });

  it("says what the gateway refused and how often was tried", () => {
    const refused = failed("transmission", { result: "TOO_LATE" }).state;
    assert.match(refused, /gateway refused to send it: it came to the gateway too late/);
    assert.match(failed("transmission", { result: "<b>" }).state, /refused to send it$/);
    assert.match(failed("max_retries_reached", { max_retries: 8 }).state, /in 8 attempts$/);
  });

  it("tells what fits when it was too long, at the data rate seen last or at any", () => {
    const attributes = { length: 60, max: 51 };
    const dataRate = { modulation: "LoRa", spreadingFactor: 12, bandwidth: 125_000 } as const;
    const known = { dataRate, limit: { bytes: 51, dataRate: "SF12" } };
    const row = failed("application_downlink_too_long", attributes, known);
    assert.equal(row.state, "failed: 60 bytes do not fit, 51 do");
    assert.match(
      row.advice,
      /last used SF12, where about 51 bytes fit; at faster data rates more do/,
    );
    const unknown = failed("application_downlink_too_long", attributes, {
      limit: undefined,
      dataRate,
    });
    assert.match(
      unknown.advice,
      /last used SF12\. 50 bytes fit at every data rate of EU868 and US915/,
    );
  });
});
