import assert from "node:assert/strict";
import fc from "fast-check";
import { DownlinkTracker } from "../../src/model/downlinks";
import {
  currentState,
  isPending,
  type DownlinkState,
  type TrackedDownlink,
} from "../../src/model/downlinkVerdict";
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

/** `nack 2`: what the server says of the second transmission. */
function attempt(text: Word | `${Word} 2`, ids: readonly string[] = ["as:downlink:X", "own-1"]) {
  const isSecond = text.endsWith(" 2");
  const word = (isSecond ? text.slice(0, -2) : text) as Word;
  const details = { session_key_id: "AYfg8z6cNLcDjrhvdgvRYw==", f_cnt: isSecond ? 2 : 1 };
  return event(word, ids, word === "queued" ? {} : details);
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
  /** With the number of the transmission: each attempt has a frame counter of its own. */
  type Step = Word | "puback" | "lost" | "late" | "sent 2" | "nack 2" | "ack 2";
  const orders: readonly (readonly [
    steps: readonly Step[],
    state: DownlinkState,
    pending: boolean,
  ])[] = [
    [[], "publishing", false],
    [["puback"], "published", false],
    [["lost"], "unknown", false],
    [["puback", "queued"], "queued", true],
    [["queued", "puback"], "queued", true],
    [["lost", "queued"], "queued", true],
    [["puback", "queued", "sent"], "sent", true],
    [["puback", "sent", "queued"], "sent", true],
    [["puback", "queued", "sent", "ack"], "acknowledged", false],
    [["puback", "queued", "ack", "sent"], "acknowledged", false],
    [["puback", "queued", "ack"], "acknowledged", false],
    [["puback", "queued", "sent", "nack"], "notAcknowledged", true],
    [["puback", "queued", "nack"], "notAcknowledged", true],
    [["puback", "queued", "nack", "sent"], "notAcknowledged", true],
    [["puback", "queued", "sent", "nack", "sent 2"], "sent", true],
    [["puback", "queued", "sent 2", "nack", "sent"], "sent", true],
    [["puback", "queued", "sent", "nack", "sent 2", "ack 2"], "acknowledged", false],
    [["puback", "queued", "sent", "nack", "sent 2", "nack 2"], "notAcknowledged", true],
    [["puback", "queued", "sent", "nack", "sent 2", "failed", "nack 2"], "failed", false],
    [["puback", "queued", "ack", "failed"], "acknowledged", false],
    [["puback", "late"], "noAnswer", false],
    [["puback", "late", "queued"], "queued", true],
    [["puback", "queued", "late"], "queued", true],
    [["puback", "late", "failed"], "failed", false],
    [["lost", "late"], "unknown", false],
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
        else if (step === "lost") tracker.published("own-1", now, "unknown");
        else if (step === "late") tracker.unanswered("own-1", now);
        else tracker.apply(attempt(step), now, soilLabKey);
      });
      const tracked = tracker.get("own-1");
      assert.ok(tracked);
      assert.equal(currentState(tracked), state);
      assert.equal(isPending(tracked), pending);
      const ignored = steps.filter((step, at) => step === "late" && steps[at - 1] !== "puback");
      assert.equal(tracked.steps.length, steps.length + 1 - ignored.length);
    });
  }

  it("is done when an unconfirmed downlink was sent", () => {
    const tracker = new DownlinkTracker();
    tracker.begin(target, [prepared("own-1", false)], 0);
    tracker.apply(event("queued", ["own-1"]), 1, soilLabKey);
    tracker.apply(event("sent", ["own-1"]), 2, soilLabKey);
    const tracked = tracker.get("own-1");
    assert.equal(tracked && isPending(tracked), false);
  });

  it("says which attempt follows when the device did not acknowledge", () => {
    const tracker = begun("own-1");
    const retry = { confirmed_retry: { attempt: 2, max_attempts: 5 } };
    const [tracked] = tracker.apply(event("nack", ["own-1"], retry), 2_000, soilLabKey);
    assert.equal(tracked?.steps.at(-1)?.note, "the server tries again, attempt 2 of 5");
  });

  it("keeps the server's reason when it failed", () => {
    const tracker = begun("own-1");
    const [tracked] = tracker.apply(event("failed", ["own-1"]), 2_000, soilLabKey);
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
    tracker.apply(failed, 2_000, soilLabKey);
    assert.equal(stateOf(tracker, "own-1"), "failed");
    assert.equal(tracker.get("own-1")?.steps.at(-1)?.note, "The server gave no reason.");
  });
});

describe("DownlinkTracker: whose message it is", () => {
  it("D17 follows each downlink of one push by itself", () => {
    const tracker = begun("own-1", "own-2", "own-3");
    tracker.apply(event("queued", ["own-1"]), 2_000, soilLabKey);
    tracker.apply(event("queued", ["own-2"]), 2_000, soilLabKey);
    tracker.apply(event("failed", ["own-2"]), 3_000, soilLabKey);
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
    tracker.apply(message, 2_000, soilLabKey);
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
    tracker.apply(event("queued", ["own-1"]), 2, soilLabKey);
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
    assert.deepEqual(tracker.apply(event("ack", ["own-0"]), 9, soilLabKey), []);
  });

  it("keeps a hundred steps, and the right state, when messages repeat without end", () => {
    const tracker = begun("own-1");
    tracker.apply(event("ack", ["own-1"]), 1, soilLabKey);
    for (let f_cnt = 0; f_cnt < 300; f_cnt++) {
      tracker.apply(event("sent", ["own-1"], { f_cnt }), f_cnt, soilLabKey);
    }
    assert.equal(tracker.get("own-1")?.steps.length, 100);
    assert.equal(stateOf(tracker, "own-1"), "acknowledged");
  });

  it("never throws and keeps to its caps in any storm of messages", () => {
    const ids = ["own-0", "own-1", "own-2", "foreign"];
    const words = fc.constantFrom<Word>("queued", "sent", "ack", "nack", "failed");
    const details = fc.record(
      {
        f_cnt: fc.nat(200),
        session_key_id: fc.constantFrom("AAAA", "BBBB"),
        confirmed_retry: fc.record({ attempt: fc.nat(40), max_attempts: fc.nat(40) }),
      },
      { requiredKeys: [] },
    );
    const told = fc.record({ word: words, list: fc.subarray(ids), details });
    const act = fc.oneof(
      told,
      ...["disconnect", "connect", "late", "supersede", "puback"].map((each) => fc.constant(each)),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
        const tracker = new DownlinkTracker(2);
        const three = ids.slice(0, 3).map((id) => prepared(id));
        tracker.begin(target, three, 0);
        for (const [now, each] of acts.entries()) {
          if (typeof each === "object") {
            tracker.apply(event(each.word, each.list, each.details), now, soilLabKey);
          } else if (each === "disconnect") tracker.disconnected(soilLabKey, now);
          else if (each === "connect") tracker.connected(soilLabKey, now);
          else if (each === "late") tracker.unanswered("own-1", now);
          else if (each === "supersede") tracker.superseded(ids, now, "");
          else tracker.published("own-1", now);
        }
        const all = tracker.of(soilLabKey);
        assert.equal(all.length, 2);
        assert.ok(all.every(({ steps, gaps }) => steps.length <= 100 && gaps.length <= 10));
        assert.equal(tracker.get("foreign"), undefined);
      }),
      { numRuns: 200 },
    );
  });
});

describe("DownlinkTracker: one truth", () => {
  const foreign = ["as:downlink:X", "gs:uplink:Y"];
  /** All that the server says in one downlink's life, in its order. */
  const life = fc
    .record({
      attempts: fc.integer({ min: 0, max: 6 }),
      end: fc.constantFrom("", "sent", "ack", "failed"),
      hasTxAcknowledgement: fc.boolean(),
      namesUs: fc.boolean(),
    })
    .map(({ attempts, end, hasTxAcknowledgement, namesUs }) => {
      const of = (word: Word, f_cnt: number, ids: readonly string[] = ["own-1"]) =>
        event(word, ids, {
          ...{ f_cnt, session_key_id: "AYfg8z6cNLcDjrhvdgvRYw==" },
          confirmed_retry: { attempt: f_cnt + 1 },
        });
      // Without `sent` only our id can tell whose answer it is.
      const answerIds = namesUs || !hasTxAcknowledgement ? ["own-1"] : foreign;
      const messages = [event("queued", ["own-1"])];
      for (let f_cnt = 1; f_cnt <= attempts; f_cnt++) {
        if (hasTxAcknowledgement) messages.push(of("sent", f_cnt));
        messages.push(of("nack", f_cnt, answerIds));
      }
      const last = attempts + 1;
      if (end !== "" && hasTxAcknowledgement) messages.push(of("sent", last));
      if (end === "ack") messages.push(of("ack", last, answerIds));
      if (end === "failed") messages.push(event("failed", ["own-1"]), of("nack", last, answerIds));
      return messages;
    });

  function truthOf(messages: readonly Message[]) {
    const tracker = begun("own-1");
    messages.forEach((message, index) => tracker.apply(message, 2_000 + index, soilLabKey));
    const tracked = tracker.get("own-1");
    assert.ok(tracked);
    const { steps, queuedAs, error } = tracked;
    const facts = steps.map(({ state, transmission, note }) =>
      JSON.stringify([state, transmission, note]),
    );
    const state = currentState(tracked);
    return { state, isPending: isPending(tracked), facts: facts.sort(), queuedAs, error };
  }

  it("D17 D19 is the same in whatever order the messages come, and however often", () => {
    const mixed = life.chain((messages) =>
      fc
        .tuple(
          fc.shuffledSubarray(messages, { minLength: messages.length }),
          fc.shuffledSubarray(messages),
        )
        .chain(([all, again]) =>
          fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }),
        )
        .map((told) => ({ messages, told })),
    );
    const states = new Set<string>();
    fc.assert(
      fc.property(mixed, ({ messages, told }) => {
        const truth = truthOf(messages);
        states.add(truth.state);
        assert.deepEqual(truthOf(told), truth);
      }),
      { numRuns: 500 },
    );
    assert.deepEqual([...states].sort(), [
      "acknowledged",
      "failed",
      "notAcknowledged",
      "queued",
      "sent",
    ]);
  });

  it("D17 knows an answer without our id by session and frame counter, of this device alone", () => {
    const tracker = begun("own-1");
    tracker.apply(attempt("sent"), 2_000, soilLabKey);
    tracker.apply(event("ack", foreign, { f_cnt: 1, session_key_id: "AAAA" }), 3_000, soilLabKey);
    tracker.apply(event("ack", foreign, { f_cnt: 1 }), 3_000, soilLabKey);
    tracker.apply(attempt("ack 2", foreign), 3_000, soilLabKey);
    const details = { f_cnt: 1, session_key_id: "AYfg8z6cNLcDjrhvdgvRYw==" };
    tracker.apply(event("ack", foreign, details, "pump-2"), 3_000, soilLabKey);
    tracker.apply(attempt("ack", foreign), 3_000, "another application");
    assert.equal(stateOf(tracker, "own-1"), "sent");
    tracker.apply(attempt("ack", foreign), 4_000, soilLabKey);
    assert.equal(stateOf(tracker, "own-1"), "acknowledged");
  });

  it("keeps the failure's first reason and the queue's first word when they repeat", () => {
    const tracker = begun("own-1");
    tracker.apply(event("queued", ["own-1"], { frm_payload: "vg==" }), 2_000, soilLabKey);
    tracker.apply(event("queued", ["own-1"], { f_port: 9 }), 2_000, soilLabKey);
    assert.deepEqual(tracker.get("own-1")?.queuedAs, { fPort: 15, bytes: Uint8Array.of(0xbe) });
  });
});

describe("DownlinkTracker: replace and clear", () => {
  const replace = { ...target, operation: "replace" } as const;

  function queued(...ids: readonly string[]): DownlinkTracker {
    const tracker = begun(...ids);
    for (const id of ids) tracker.apply(event("queued", [id]), 2_000, soilLabKey);
    return tracker;
  }

  it("is superseded only when the server has queued what takes its place", () => {
    const tracker = queued("own-1", "own-2");
    tracker.begin(replace, [prepared("own-3")], 3_000);
    tracker.published("own-3", 3_100);
    assert.equal(stateOf(tracker, "own-1"), "queued");
    tracker.apply(event("queued", ["own-3"]), 3_200, soilLabKey);
    assert.deepEqual(
      ["own-1", "own-2", "own-3"].map((id) => stateOf(tracker, id)),
      ["superseded", "superseded", "queued"],
    );
    assert.match(tracker.get("own-1")?.steps.at(-1)?.note ?? "", /took its place/);
  });

  it("D19 is superseded when the server says that its queue is invalid", () => {
    const tracker = queued("own-1", "own-2");
    const invalidated = decodeAs(
      "downlinkQueueInvalidated",
      upTopic("pump-1", "down/invalidated"),
      {
        downlink_queue_invalidated: { downlinks: [{ f_port: 15, correlation_ids: ["own-1"] }] },
      },
    );
    tracker.apply(invalidated, 3_000, soilLabKey);
    assert.equal(stateOf(tracker, "own-1"), "superseded");
    assert.match(tracker.get("own-1")?.steps.at(-1)?.note ?? "", /frame counter/);
    assert.equal(stateOf(tracker, "own-2"), "queued");
  });

  it("stays queued when the server refuses what was to take its place", () => {
    const tracker = queued("own-1");
    tracker.begin(replace, [prepared("own-2")], 3_000);
    tracker.apply(event("failed", ["own-2"]), 3_200, soilLabKey);
    tracker.apply(event("queued", ["own-2"]), 3_300, soilLabKey);
    assert.equal(stateOf(tracker, "own-1"), "queued");
  });

  it("names for a clear what waits for this end device, begun before it", () => {
    const tracker = queued("own-1", "own-2", "own-3");
    tracker.apply(attempt("ack", ["own-2"]), 2_500, soilLabKey);
    tracker.begin({ ...target, deviceId: "pump-2" }, [prepared("other")], 2_500);
    assert.deepEqual(tracker.begin(target, [prepared("own-4")], 2_600), []);
    const replaced = tracker.begin(replace, [], 3_000);
    tracker.begin(target, [prepared("own-5")], 3_001);
    assert.deepEqual([...replaced].sort(), ["own-1", "own-3", "own-4"]);
    tracker.superseded(replaced, 3_100, "the queue was cleared");
    // Its own `queued` may come after the clear was confirmed.
    assert.equal(stateOf(tracker, "own-4"), "publishing");
    tracker.apply(event("queued", ["own-4"]), 3_200, soilLabKey);
    assert.equal(stateOf(tracker, "own-4"), "superseded");
  });

  const later: readonly (readonly [told: readonly (Word | "nack 2")[], state: DownlinkState])[] = [
    [["sent"], "sent"],
    [["sent", "ack"], "acknowledged"],
    [["sent", "nack"], "notAcknowledged"],
    [["failed"], "failed"],
    [["queued"], "superseded"],
  ];
  for (const [told, state] of later) {
    it(`is ${state} when the server says ${told.join(", ")} after all`, () => {
      const tracker = queued("own-1");
      tracker.superseded(tracker.begin(replace, [], 3_000), 3_100, "");
      assert.equal(stateOf(tracker, "own-1"), "superseded");
      for (const word of told) tracker.apply(attempt(word), 4_000, soilLabKey);
      assert.equal(stateOf(tracker, "own-1"), state);
    });
  }

  it("takes out what a nack has put back, but not what waits for its answer", () => {
    const tracker = queued("own-1", "own-2");
    tracker.apply(attempt("nack", ["own-1"]), 2_500, soilLabKey);
    tracker.apply(attempt("sent 2", ["own-2"]), 2_500, soilLabKey);
    tracker.superseded(tracker.begin(replace, [], 3_000), 3_100, "");
    assert.equal(stateOf(tracker, "own-1"), "superseded");
    assert.equal(stateOf(tracker, "own-2"), "sent");
  });
});

describe("DownlinkTracker: gaps", () => {
  it("remembers when the server was not heard, while it had something to say", () => {
    const tracker = begun("own-1", "own-2");
    tracker.apply(attempt("ack", ["own-2"]), 2_000, soilLabKey);
    tracker.disconnected("another application", 2_500);
    tracker.disconnected(soilLabKey, 3_000);
    tracker.disconnected(soilLabKey, 4_000);
    tracker.connected(soilLabKey, 9_000);
    tracker.connected(soilLabKey, 9_500);
    assert.deepEqual(tracker.get("own-1")?.gaps, [{ from: 3_000, to: 9_000 }]);
    assert.deepEqual(tracker.get("own-2")?.gaps, []);
    assert.equal(stateOf(tracker, "own-1"), "publishing");
  });
});
