import assert from "node:assert/strict";
import { AnswerWatch } from "../../src/model/answerWatch";
import { DownlinkTracker } from "../../src/model/downlinks";
import { currentState } from "../../src/model/downlinkVerdict";
import type { PreparedDownlink } from "../../src/stack/downlink";
import { decodeAs, upTopic } from "../support/fixtures";
import { ManualClock } from "../support/manualClock";

const applicationKey = "key";
const target = { applicationKey, deviceId: "pump-1", operation: "push" } as const;

function prepared(correlationId: string): PreparedDownlink {
  return {
    ...{ fPort: 15, bytes: Uint8Array.of(1), fields: undefined, priority: "NORMAL" },
    ...{ confirmed: false, correlationId, userCorrelationIds: [] },
  };
}

describe("AnswerWatch", () => {
  function watched(timeout?: () => number) {
    const clock = new ManualClock();
    const tracker = new DownlinkTracker(3);
    const watch = new AnswerWatch(tracker, clock, timeout);
    const publish = (id: string) => {
      tracker.begin(target, [prepared(id)], clock.now());
      tracker.published(id, clock.now());
    };
    const state = (id: string) => {
      const tracked = tracker.get(id);
      return tracked && currentState(tracked);
    };
    return { clock, tracker, watch, publish, state };
  }

  it("D15 ends the wait of each downlink 15 s after its own publish", () => {
    const { clock, publish, state } = watched();
    publish("a");
    clock.advance(10_000);
    publish("b");
    clock.advance(5_000);
    assert.deepEqual([state("a"), state("b")], ["noAnswer", "published"]);
    clock.advance(10_000);
    assert.equal(state("b"), "noAnswer");
    assert.equal(clock.pending, 0);
  });

  it("waits no longer when the server has answered", () => {
    const { clock, tracker, publish, state } = watched();
    publish("a");
    const queued = decodeAs("downlinkQueued", upTopic("pump-1", "down/queued"), {
      downlink_queued: { correlation_ids: ["a"] },
    });
    tracker.apply(queued, clock.now(), applicationKey);
    assert.equal(clock.pending, 0);
    assert.equal(state("a"), "queued");
  });

  it("is not led astray by a clock that is set", () => {
    const { clock, publish, state } = watched();
    publish("a");
    clock.jumpWall(-3_600_000);
    clock.advance(14_999);
    assert.equal(state("a"), "published");
    clock.advance(1);
    assert.equal(state("a"), "noAnswer");
  });

  it("asks for its time anew with every wait", () => {
    let timeout = 5_000;
    const { clock, publish, state } = watched(() => timeout);
    publish("a");
    clock.advance(5_000);
    timeout = 120_000;
    publish("b");
    clock.advance(119_999);
    assert.deepEqual([state("a"), state("b")], ["noAnswer", "published"]);
  });

  it("survives downlinks that were forgotten, and leaves no timer when it ends", () => {
    const { clock, watch, publish, state } = watched();
    for (const id of ["a", "b", "c", "d", "e"]) publish(id);
    clock.advance(15_000);
    assert.deepEqual([state("a"), state("e")], [undefined, "noAnswer"]);
    publish("f");
    watch.dispose();
    assert.equal(clock.pending, 0);
    publish("g");
    assert.equal(clock.pending, 0);
  });
});
