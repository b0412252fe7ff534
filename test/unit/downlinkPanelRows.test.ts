import assert from "node:assert/strict";
import type { DownlinkStep, TrackedDownlink } from "../../src/model/downlinks";
import { toRow, toRows } from "../../src/views/downlink/downlinkRows";

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
    error: undefined,
  };
}

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
    ["notPublished", false, "bad", /not published: no route/],
    ["queued", false, "waiting", /in the server's queue/],
    ["sent", false, "good", /^sent by a gateway$/],
    ["sent", true, "waiting", /waiting for the acknowledgement/],
    ["acknowledged", true, "good", /acknowledged by the end device/],
    ["notAcknowledged", true, "warning", /not acknowledged: no route/],
    ["failed", true, "bad", /failed: no route/],
  ];
  for (const [state, confirmed, tone, text] of words) {
    it(`words for ${state}${confirmed ? " (confirmed)" : ""}`, () => {
      const row = toRow(tracked([[state, now, "no route"]], { confirmed }), now);
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
    const { rows, more } = toRows(big, now);
    assert.equal(rows.length + more, 80);
    assert.ok(JSON.stringify(rows).length < 150_000);
  });
});
