import assert from "node:assert/strict";
import fc from "fast-check";
import {
  currentState,
  DownlinkTracker,
  isPending,
  type DownlinkState,
  type TrackedDownlink,
} from "../../src/model/downlinks";
import type { PreparedDownlink } from "../../src/stack/downlink";
import type { Message } from "../../src/stack/messages";
import { decodeAs, soilLabKey, upTopic } from "../support/fixtures";

const target = { applicationKey: soilLabKey, deviceId: "pump-1", operation: "push" } as const;

function prepared(correlationId: string, confirmed = true): PreparedDownlink {
  return {
    fPort: 15,
    bytes: Uint8Array.of(0xbe),
    fields: undefined,
    priority: "NORMAL",
    confirmed,
    correlationId,
    userCorrelationIds: ["mine"],
  };
}

const wire = {
  queued: "downlink_queued",
  sent: "downlink_sent",
  ack: "downlink_ack",
  nack: "downlink_nack",
} as const;
const kinds = {
  queued: "downlinkQueued",
  sent: "downlinkSent",
  ack: "downlinkAck",
  nack: "downlinkNack",
} as const;
type Word = keyof typeof wire | "failed";

function event(
  word: Word,
  ids: readonly string[],
  more: object = {},
  deviceId = "pump-1",
): Message {
  const downlink = { f_port: 15, correlation_ids: ids, ...more };
  const topic = upTopic(deviceId, `down/${word}`);
  if (word !== "failed")
    return decodeAs(kinds[word], topic, { correlation_ids: ids, [wire[word]]: downlink });
  const error = {
    name: "transmission",
    message_format: "result `{r}`",
    attributes: { r: "TOO_LATE" },
  };
  return decodeAs("downlinkFailed", topic, {
    correlation_ids: ids,
    downlink_failed: { downlink, error },
  });
}

function begun(...ids: readonly string[]): DownlinkTracker {
  const tracker = new DownlinkTracker();
  tracker.begin(
    target,
    ids.map((id) => prepared(id)),
    1_000,
  );
  return tracker;
}

function stateOf(tracker: DownlinkTracker, id: string): DownlinkState | undefined {
  const tracked = tracker.get(id);
  return tracked && currentState(tracked);
}

describe("DownlinkTracker: orders of arrival", () => {
  type Step = Word | "puback" | "lost";
  const orders: readonly (readonly [
    steps: readonly Step[],
    state: DownlinkState,
    pending: boolean,
  ])[] = [
    [[], "publishing", false],
    [["puback"], "published", false],
    [["lost"], "notPublished", false],
    [["puback", "queued"], "queued", true],
    [["queued", "puback"], "queued", true],
    [["lost", "queued"], "queued", true],
    [["puback", "queued", "sent"], "sent", true],
    [["puback", "sent", "queued"], "sent", true],
    [["puback", "queued", "sent", "ack"], "acknowledged", false],
    [["puback", "queued", "ack", "sent"], "acknowledged", false],
    [["puback", "queued", "ack"], "acknowledged", false],
    [["puback", "queued", "sent", "nack"], "notAcknowledged", true],
    [["puback", "queued", "sent", "nack", "sent"], "sent", true],
    [["puback", "queued", "sent", "nack", "sent", "ack"], "acknowledged", false],
    [["puback", "queued", "sent", "nack", "sent", "nack"], "notAcknowledged", true],
    [["puback", "queued", "sent", "nack", "sent", "failed", "nack"], "failed", false],
    [["puback", "failed"], "failed", false],
    [["failed", "puback"], "failed", false],
    [["puback", "queued", "failed"], "failed", false],
    [["puback", "failed", "queued"], "failed", false],
  ];
  for (const [steps, state, pending] of orders) {
    it(`D19 is ${state} when the order is ${steps.join(", ") || "nothing yet"}`, () => {
      const tracker = begun("own-1");
      steps.forEach((step, index) => {
        const now = 1_001 + index;
        if (step === "puback") tracker.published("own-1", now);
        else if (step === "lost") tracker.published("own-1", now, "unknown whether it left");
        else tracker.apply(event(step, ["as:downlink:X", "own-1"]), now, soilLabKey);
      });
      const tracked = tracker.get("own-1");
      assert.ok(tracked);
      assert.equal(currentState(tracked), state);
      assert.equal(isPending(tracked), pending);
      assert.equal(tracked.steps.length, steps.length + 1);
    });
  }

  it("is done when an unconfirmed downlink was sent", () => {
    const tracker = new DownlinkTracker();
    tracker.begin(target, [prepared("own-1", false)], 0);
    tracker.apply(event("queued", ["own-1"]), 1);
    tracker.apply(event("sent", ["own-1"]), 2);
    const tracked = tracker.get("own-1");
    assert.equal(tracked && isPending(tracked), false);
  });

  it("says which attempt follows when the device did not acknowledge", () => {
    const tracker = begun("own-1");
    const retry = { confirmed_retry: { attempt: 2, max_attempts: 5 } };
    const [tracked] = tracker.apply(event("nack", ["own-1"], retry), 2_000);
    assert.equal(tracked?.steps.at(-1)?.note, "the server tries again, attempt 2 of 5");
  });

  it("keeps the server's reason when it failed", () => {
    const tracker = begun("own-1");
    const [tracked] = tracker.apply(event("failed", ["own-1"]), 2_000);
    assert.equal(tracked?.error?.name, "transmission");
    assert.deepEqual(tracked.steps.at(-1), {
      state: "failed",
      at: 2_000,
      note: "result `TOO_LATE`",
    });
  });

  it("finds the downlink by the envelope when a failure names none", () => {
    const tracker = begun("own-1");
    const failed = decodeAs("downlinkFailed", upTopic("pump-1", "down/failed"), {
      correlation_ids: ["own-1"],
      downlink_failed: {},
    });
    tracker.apply(failed, 2_000);
    assert.equal(stateOf(tracker, "own-1"), "failed");
    assert.equal(tracker.get("own-1")?.steps.at(-1)?.note, "The server gave no reason.");
  });
});

describe("DownlinkTracker: whose message it is", () => {
  it("D17 follows each downlink of one push by itself", () => {
    const tracker = begun("own-1", "own-2", "own-3");
    tracker.apply(event("queued", ["own-1"]), 2_000);
    tracker.apply(event("queued", ["own-2"]), 2_000);
    tracker.apply(event("failed", ["own-2"]), 3_000);
    assert.deepEqual(
      ["own-1", "own-2", "own-3"].map((id) => stateOf(tracker, id)),
      ["queued", "failed", "publishing"],
    );
  });

  it("D17 asks the downlink's own ids first when the envelope names its neighbours", () => {
    const tracker = begun("own-1", "own-2");
    const message = decodeAs("downlinkQueued", upTopic("pump-1", "down/queued"), {
      correlation_ids: ["own-1", "own-2"],
      downlink_queued: { correlation_ids: ["own-2"] },
    });
    tracker.apply(message, 2_000);
    assert.equal(stateOf(tracker, "own-1"), "publishing");
    assert.equal(stateOf(tracker, "own-2"), "queued");
  });

  const foreign: readonly (readonly [context: string, message: Message])[] = [
    ["its ids are others'", event("queued", ["someone-else", "mine"])],
    ["it has no ids", event("queued", [])],
    ["it is another device's", event("queued", ["own-1"], {}, "pump-2")],
    [
      "it is an uplink with our id",
      decodeAs("uplink", upTopic("pump-1"), { correlation_ids: ["own-1"], uplink_message: {} }),
    ],
  ];
  for (const [context, message] of foreign) {
    it(`D17 ignores a message when ${context}`, () => {
      const tracker = begun("own-1");
      let fired = 0;
      tracker.onDidChange(() => fired++);
      assert.deepEqual(tracker.apply(message, 2_000, soilLabKey), []);
      assert.equal(stateOf(tracker, "own-1"), "publishing");
      assert.equal(fired, 0);
    });
  }

  it("D17 ignores a message of another application that repeats our id", () => {
    const tracker = begun("own-1");
    tracker.apply(event("ack", ["own-1"]), 2_000, "evil.example.com:8883/soil-lab@ttn");
    assert.equal(stateOf(tracker, "own-1"), "publishing");
  });

  it("lists newest first, of one application or one device", () => {
    const tracker = begun("own-1", "own-2");
    tracker.begin({ ...target, deviceId: "pump-2" }, [prepared("own-3")], 0);
    tracker.begin({ ...target, applicationKey: "other" }, [prepared("own-4")], 0);
    const ids = (list: readonly TrackedDownlink[]) =>
      list.map(({ correlationId }) => correlationId);
    assert.deepEqual(ids(tracker.of(soilLabKey)), ["own-3", "own-2", "own-1"]);
    assert.deepEqual(ids(tracker.of(soilLabKey, "pump-1")), ["own-2", "own-1"]);
    assert.deepEqual(ids(tracker.of("nobody")), []);
  });

  it("tells of each change with the new value, and never changes an old one", () => {
    const tracker = new DownlinkTracker();
    const seen: number[] = [];
    tracker.onDidChange(({ steps }) => seen.push(steps.length));
    tracker.begin(target, [prepared("own-1")], 0);
    const before = tracker.get("own-1");
    tracker.published("own-1", 1);
    tracker.apply(event("queued", ["own-1"]), 2);
    tracker.published("unknown", 3);
    assert.deepEqual(seen, [1, 2, 3]);
    assert.equal(before?.steps.length, 1);
  });
});

describe("DownlinkTracker: caps", () => {
  it("forgets the oldest when there are more than it remembers", () => {
    const tracker = new DownlinkTracker(3);
    for (let index = 0; index < 5; index++)
      tracker.begin(target, [prepared(`own-${index}`)], index);
    assert.deepEqual(
      tracker.of(soilLabKey).map(({ correlationId }) => correlationId),
      ["own-4", "own-3", "own-2"],
    );
    assert.equal(tracker.get("own-0"), undefined);
    assert.deepEqual(tracker.apply(event("ack", ["own-0"]), 9), []);
  });

  it("keeps a hundred steps, and the right state, when messages repeat without end", () => {
    const tracker = begun("own-1");
    tracker.apply(event("ack", ["own-1"]), 1);
    for (let index = 0; index < 99; index++) tracker.apply(event("sent", ["own-1"]), index);
    assert.equal(tracker.get("own-1")?.steps.length, 100);
    assert.equal(stateOf(tracker, "own-1"), "acknowledged");
  });

  it("never throws and keeps to its caps when messages come in any order", () => {
    const ids = ["own-0", "own-1", "own-2", "foreign"];
    const words = fc.constantFrom<Word>("queued", "sent", "ack", "nack", "failed");
    fc.assert(
      fc.property(fc.array(fc.tuple(words, fc.subarray(ids)), { maxLength: 40 }), (messages) => {
        const tracker = new DownlinkTracker(2);
        tracker.begin(
          target,
          ids.slice(0, 3).map((id) => prepared(id)),
          0,
        );
        for (const [word, list] of messages) tracker.apply(event(word, list), 1);
        assert.equal(tracker.of(soilLabKey).length, 2);
        assert.equal(tracker.get("foreign"), undefined);
      }),
      { numRuns: 200 },
    );
  });
});
