import assert from "node:assert/strict";
import type { TrackedDownlink } from "../../src/model/downlinkVerdict";
import { currentState, isPending } from "../../src/model/downlinkVerdict";
import { downlinkEvidence } from "../../src/model/downlinkEvidence";
import type { PreparedDownlink } from "../../src/stack/downlink";
import type { EventEntry } from "../../src/model/eventStore";
import { decode } from "../../src/stack/decode";
import { describe as describeMessage } from "../../src/stack/describe";
import { adviceText, stateWords, verdictText } from "../../src/views/downlink/downlinkWords";
import { toQueue } from "../../src/views/downlink/downlinkQueueRows";
import { warningsOf } from "../../src/views/downlink/downlinkWarnings";
import { realKey, recordedMessages, recordedVariants, Replay } from "../support/realTraffic";

const confirmed: Partial<PreparedDownlink> = { fPort: 16, confirmed: true };

function word(tracked: TrackedDownlink): string {
  return stateWords[currentState(tracked)].word;
}

function advice(replay: Replay, tracked: TrackedDownlink): string {
  const evidence = downlinkEvidence(replay.model, realKey, tracked.deviceId);
  return adviceText(tracked, evidence, Date.now());
}

/** What the event channel says of it, behind time, application and end device. */
function lineOf({ content, note = "" }: EventEntry): string {
  if (content.kind === "connection" || content.kind === "gap") return "";
  return `${describeMessage(content)} ${note}`;
}

/** The line of every event of the replay whose raw body names the downlink. */
function linesOf(replay: Replay, id: string): readonly string[] {
  return [...replay.model.events.entries()]
    .filter((entry) => {
      const raw = replay.model.events.rawOf(entry.id) ?? new Uint8Array();
      return Buffer.from(raw).toString().includes(`"${id}"`);
    })
    .map(lineOf);
}

describe("Real traffic: as it came", () => {
  it("is all decoded, without a flag", () => {
    const all = [...recordedMessages(), ...recordedVariants().values()];
    assert.ok(all.length > 250);
    for (const { topic, bytes } of all) {
      const message = decode(topic, bytes);
      assert.notEqual(message.kind, "undecodable", topic);
      assert.deepEqual("problems" in message && message.problems, [], topic);
    }
  });

  it("notes no frame as odd: not after a re-join, where the server lets none repeat or fall back", () => {
    const replay = new Replay();
    while (!replay.isOver) {
      const { event } = replay.takeNext();
      if (event?.content.kind === "uplink") assert.equal(event.note, undefined);
    }
  });

  it("real-traffic 33: a simulated uplink has no frame counter in its line", () => {
    for (const name of [
      "uplink-message.simulated.fcnt0.normalized",
      "uplink-normalized.simulated.air",
    ]) {
      const simulated = recordedVariants().get(name);
      assert.ok(simulated);
      const replay = new Replay();
      const { topic, bytes } = simulated;
      replay.model.apply(realKey, topic, decode(topic, bytes), bytes, Date.now());
      const [entry] = replay.model.events.entries();
      assert.ok(entry);
      const line = lineOf(entry);
      assert.doesNotMatch(line, /#/);
      assert.match(line, /simulated/);
    }
  });

  it("real-traffic 25: warnings of the encoder and of the normalizer are in the line", () => {
    for (const [name, expected] of [
      ["downlink-queued.warnings", /encoder's warning: "?odd length/],
      ["uplink-message.normalized-warnings", /normalizer's warning: odd, measurement 1/],
      ["uplink-normalized.air.warnings", /normalizer's warning: measurement 2/],
    ] as const) {
      const variant = recordedVariants().get(name);
      assert.ok(variant);
      const { topic, bytes } = variant;
      const replay = new Replay();
      replay.model.apply(realKey, topic, decode(topic, bytes), bytes, Date.now());
      const [entry] = replay.model.events.entries();
      assert.match(entry ? lineOf(entry) : "", expected);
    }
  });
});

describe("Real traffic: the verdict, the queue and the line of each step", () => {
  it("real-traffic 2: without a session it fails at once, and says what to do", () => {
    const replay = new Replay();
    replay.begin("never-joined", "x:never", { fPort: 5 });
    replay.through("1: downlink before any join");
    const tracked = replay.downlink("x:never");
    assert.match(verdictText(tracked), /^failed: the end device has never joined/);
    assert.match(advice(replay, tracked), /let it join/);
    assert.equal(replay.waiting("never-joined"), 0);
    assert.match(
      linesOf(replay, "x:never").join(),
      /never joined the network \(no_device_session\)/,
    );
  });

  it("real-traffic 3: the priority is the one that was asked for", () => {
    const replay = new Replay();
    replay.through("1: uplinks");
    replay.begin("soil-probe", "x:1", { fPort: 15, priority: "NORMAL" });
    replay.through("1: unconfirmed push");
    assert.equal(word(replay.downlink("x:1")), "sent");
    const [queued = "", sent = ""] = linesOf(replay, "x:1");
    assert.match(queued, /queued .* NORMAL/);
    assert.doesNotMatch(sent, /HIGHEST/);
    assert.equal(replay.waiting("soil-probe"), 0);
    replay.through("1: gateway refuses");
    assert.doesNotMatch(linesOf(replay, "x:late").join(), /HIGHEST/);
  });

  it("is acknowledged by the uplink after it", () => {
    const replay = new Replay();
    replay.through("1: unconfirmed push");
    replay.begin("pump", "my-correlation-id", { fPort: 15, confirmed: true, priority: "HIGH" });
    replay.until("down/sent", "my-correlation-id");
    assert.equal(replay.waiting("pump"), 1);
    replay.through("1: confirmed push, acked");
    assert.equal(word(replay.downlink("my-correlation-id")), "acknowledged");
    assert.equal(replay.waiting("pump"), 0);
  });

  it("real-traffic 9: fails after eight attempts, and stays failed when the nack follows", () => {
    const replay = new Replay();
    replay.through("1: confirmed push, acked");
    replay.begin("pump", "x:nack", confirmed);
    replay.until("down/nack", "x:nack");
    assert.match(verdictText(replay.downlink("x:nack")), /tries again, attempt 2 of 8/);
    assert.equal(replay.waiting("pump"), 1);
    replay.until("down/failed", "x:nack");
    const words = "failed: the end device did not acknowledge it in 8 attempts";
    assert.equal(verdictText(replay.downlink("x:nack")), words);
    replay.until("down/nack", "x:nack");
    assert.equal(verdictText(replay.downlink("x:nack")), words);
    assert.equal(isPending(replay.downlink("x:nack")), false);
    assert.equal(replay.waiting("pump"), 1, "only y:max2");
    assert.match(advice(replay, replay.downlink("x:nack")), /out of reach/);
  });

  it("real-traffic 8: counts the attempts that were made, one more when the server began at 0", () => {
    const replay = new Replay();
    replay.through("2: replace [] with an old queue");
    replay.begin("pump", "y:max2", confirmed);
    replay.until("down/nack", "y:max2");
    assert.match(verdictText(replay.downlink("y:max2")), /tries again, attempt 2 of 3/);
    replay.through("2: no confirmed_retry; clear while one waits for its ack");
    assert.match(verdictText(replay.downlink("y:max2")), /in 3 attempts$/);
  });

  it("real-traffic 7: a clear does not stop what was transmitted, and nothing says that it did", () => {
    const replay = new Replay();
    replay.through("2: max_attempts 2, never acked, to the end");
    replay.begin("pump", "y:clear", { fPort: 17, confirmed: true });
    replay.until("down/sent", "y:clear");
    const target = { applicationKey: realKey, deviceId: "pump", operation: "replace" as const };
    replay.tracker.cleared(target, replay.tracker.begin(target, [], 0), Date.now());
    for (const suffix of ["down/nack", "down/sent", "down/nack", "down/sent"]) {
      const tracked = replay.downlink("y:clear");
      assert.match(verdictText(tracked), /still being tried: a clear cannot stop it/);
      assert.doesNotMatch(verdictText(tracked) + advice(replay, tracked), /superseded|took it out/);
      assert.match(advice(replay, tracked), /goes on until it is acknowledged/);
      assert.equal(replay.waiting("pump"), 1);
      assert.match(toQueue([tracked], 0, Date.now()).ours[0]?.details ?? "", /cannot stop it/);
      replay.until(suffix, "y:clear");
    }
    replay.through("2: no confirmed_retry; clear while one waits for its ack");
    assert.equal(verdictText(replay.downlink("y:clear")), "acknowledged by the end device");
    assert.equal(replay.waiting("pump"), 0);
  });

  it("real-traffic 7: what a clear took for waiting waits again when a nack proves that it is still tried", () => {
    const replay = new Replay();
    replay.through("2: max_attempts 2, never acked, to the end");
    replay.until("down/queued", "y:clear");
    replay.model.application(realKey)?.endDevices.get("pump")?.queueEmptied();
    replay.until("down/nack", "y:clear");
    assert.equal(replay.waiting("pump"), 1);
  });

  it("three in a push wait, and are gone when one takes their place", () => {
    const replay = new Replay();
    replay.through("1: confirmed with max_attempts 2");
    for (const id of ["x:arr1", "x:arr2", "x:arr3"]) replay.begin("tracker", id);
    replay.until("down/queued", "x:arr3");
    assert.equal(replay.waiting("tracker"), 3);
    const target = { applicationKey: realKey, deviceId: "tracker", operation: "replace" as const };
    const [like] = replay.tracker.of(realKey, "tracker");
    assert.ok(like);
    replay.tracker.begin(target, [{ ...like.downlink, correlationId: "x:rep" }], Date.now());
    replay.through("1: three in one push, then replace, then clear");
    assert.equal(word(replay.downlink("x:arr1")), "superseded");
    assert.equal(word(replay.downlink("x:rep")), "queued");
    assert.equal(replay.waiting("tracker"), 1);
  });

  it("real-traffic 11 27: what no gateway told of ends as not known, not as waiting for ever", () => {
    const replay = new Replay();
    replay.through("1: class C");
    replay.begin("soil-probe", "x:late", { fPort: 7 });
    replay.begin("soil-probe", "x:noack", { fPort: 7 });
    replay.through("1: gateway refuses");
    assert.match(verdictText(replay.downlink("x:late")), /gateway refused .* too late/);
    assert.equal(word(replay.downlink("x:noack")), "queued");
    assert.equal(replay.waiting("soil-probe"), 1);
    replay.through("1: rights");
    const tracked = replay.downlink("x:noack");
    assert.equal(word(tracked), "not known");
    assert.match(verdictText(tracked), /spoken several times, and nothing was sent/);
    assert.equal(isPending(tracked), false);
    assert.equal(replay.waiting("soil-probe"), 0);
  });

  it("real-traffic 17: a queued downlink survives a re-join", () => {
    const replay = new Replay();
    replay.through("1: gateway refuses");
    replay.begin("tracker", "x:rejoin", { fPort: 4 });
    replay.until("join", "tracker");
    assert.equal(word(replay.downlink("x:rejoin")), "queued");
    assert.match(
      advice(replay, replay.downlink("x:rejoin")),
      /just joined: until its first uplink/,
    );
    replay.through("1: rejoin with a queue");
    assert.equal(word(replay.downlink("x:rejoin")), "sent");
  });

  it("real-traffic 12: class C, too, waits for the first uplink after a join, and sends on by itself then", () => {
    const replay = new Replay();
    replay.through("2: CayenneLPP down");
    replay.begin("siren-c", "y:c1", { fPort: 5, confirmed: true });
    replay.begin("siren-c", "y:c2", { fPort: 5, confirmed: true });
    replay.until("down/queued", "y:c2");
    assert.match(advice(replay, replay.downlink("y:c1")), /of class C either/);
    replay.until("down/sent", "y:c1");
    assert.equal(word(replay.downlink("y:c2")), "queued");
    assert.doesNotMatch(advice(replay, replay.downlink("y:c2")), /just joined/);
    replay.until("down/ack", "y:c2");
    assert.deepEqual(
      ["y:c1", "y:c2"].map((id) => word(replay.downlink(id))),
      ["acknowledged", "acknowledged"],
    );
  });

  it("real-traffic 10 27: a later sent proves that one whose sent never came waits no longer", () => {
    const replay = new Replay();
    replay.through("2: CayenneLPP down");
    const ids = ["y:f0", "y:f1", "y:f2", "y:f3", "y:f4"];
    for (const id of ids) replay.begin("siren-c", id, { fPort: 5 });
    replay.until("down/sent", "y:f0");
    assert.equal(word(replay.downlink("y:f1")), "queued");
    replay.until("down/sent", "y:f2");
    assert.match(verdictText(replay.downlink("y:f1")), /^not known .* came after it in the queue/);
    replay.until("down/sent", "y:f4");
    assert.deepEqual(
      ids.map((id) => word(replay.downlink(id))),
      ["sent", "not known", "sent", "sent", "sent"],
    );
    // FCnt 3 is missing: x:c2 of the session before was sent again, without a `sent`, and waits for its answer.
    assert.equal(replay.waiting("siren-c"), 1);
  });

  it("real-traffic 13 14: a time that passed, unknown gateways and too many bytes are told in plain words", () => {
    const replay = new Replay();
    replay.through("2: CayenneLPP down");
    for (const id of ["y:past", "y:gw", "y:clong"]) replay.begin("siren-c", id, { fPort: 5 });
    replay.begin("soil-probe", "y:long", { fPort: 3 });
    replay.begin("soil-probe", "y:after", { fPort: 3 });
    replay.until("down/sent", "y:after");
    assert.equal(word(replay.downlink("y:after")), "sent");
    replay.until("down/failed", "y:long");
    const verdicts = ["y:past", "y:gw", "y:clong", "y:long"].map((id) =>
      verdictText(replay.downlink(id)),
    );
    assert.deepEqual(verdicts, [
      "failed: its time of transmission has passed",
      "failed: the chosen gateways could not send it",
      "failed: 100 bytes do not fit, 51 do",
      "failed: 120 bytes do not fit, 50 do",
    ]);
    for (const id of ["y:past", "y:gw", "y:clong", "y:long"]) {
      assert.notEqual(advice(replay, replay.downlink(id)), "");
    }
    assert.equal(replay.waiting("soil-probe"), 0);
    assert.equal(replay.waiting("siren-c"), 1, "only x:c2");
  });

  it("real-traffic 16: fields that the server makes nothing of are said to be an empty frame", () => {
    const replay = new Replay();
    replay.through("2: normalized payload");
    const fields = { bytes: undefined, fields: { on: true }, fPort: 3 };
    replay.begin("soil-probe", "y:fields-none", fields);
    replay.until("down/queued", "y:fields-none");
    const evidence = downlinkEvidence(replay.model, realKey, "soil-probe");
    const tracked = replay.downlink("y:fields-none");
    assert.match(warningsOf(tracked, evidence, Date.now()).join(), /queued an empty frame/);
    replay.until("down/sent", "y:fields-none");
    assert.equal(word(replay.downlink("y:fields-none")), "sent");
  });

  it("leaves in each queue what a person would say waits when all is over", () => {
    const replay = new Replay();
    while (!replay.isOver) replay.takeNext();
    const waiting = ["never-joined", "soil-probe", "pump", "tracker", "siren-c", "abp-meter"];
    // The last step queued five for the pump. The tracker has not spoken since two were queued for it, the siren not
    // since x:c2 was sent again.
    assert.deepEqual(
      waiting.map((id) => replay.waiting(id)),
      [0, 0, 5, 2, 1, 0],
    );
  });
});
