/** Load on the whole way of a message, in short: `npm run bench` does the same for longer. Source: reliability §6.8. */
import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Model } from "../../src/model/model";
import { bodyOf, topicOf } from "../bench/uplinks";
import { connectApplications, type ConnectedApplication } from "../support/connectedApplications";
import { eventually } from "../support/conditions";
import { publish } from "../support/packets";

async function connect() {
  const { model, connected, close } = await connectApplications(1);
  const [only] = connected;
  assert(only);
  return { model, close, ...only };
}

const packets = Array.from({ length: 500 }, (_, index) =>
  publish(topicOf(index % 50), JSON.stringify(bodyOf(index, 50))),
);

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Notes how long the event loop is held; what it returns insists that it was not held for long. */
function watchLag(percentile = 99): () => Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  return async () => {
    const { count } = delay;
    await eventually("a last sample", () => delay.count > count);
    delay.disable();
    const lag = delay.percentile(percentile) / 1e6;
    console.log(`    event loop held for ${lag.toFixed(1)} ms (p${percentile})`);
    assert.ok(lag < maximumLag, `${lag} ms`);
  };
}

/** Reliability R23, and as much for a machine that does something else beside. Milliseconds. */
const maximumLag = 50 + 50;

/** What was sent is shown, was pushed out, was shed or could not be decoded: each message is exactly one of these. */
function assertAllCounted({ application, shown }: ConnectedApplication, sent: number): void {
  const kept = shown();
  const undecodable = kept.filter(({ content }) => content.kind === "undecodable").length;
  const decoded = kept.length - undecodable;
  const { evictedCount, shedCount, receivedCount } = application;
  assert.equal(decoded + undecodable + evictedCount, receivedCount);
  assert.equal(decoded + undecodable + evictedCount + shedCount, sent);
}

/** A view that takes long for each message. */
function slowDown(model: Model): void {
  model.onDidChange(({ event }) => {
    if (!event || !("deviceId" in event.content)) return;
    const end = performance.now() + 1;
    while (performance.now() < end) continue;
  });
}

describe("Load", () => {
  it("F01 takes in a thousand messages a second and counts each", async () => {
    const { server, application, shown, close } = await connect();
    const assertLag = watchLag();
    for (let portion = 0; portion < 60; portion++) {
      server.send(...packets.slice(0, 50));
      await pause(50);
    }
    await eventually("all received", () => application.receivedCount === 3_000);
    await assertLag();
    assertAllCounted({ server, application, shown }, 3_000);
    assert.equal(application.shedCount, 0);
    await close();
  });

  it("F02 lives through a flood into a slow consumer, and tells what it shed", async () => {
    const { server, model, application, shown, close } = await connect();
    const phases = new Set<string>();
    model.onDidChange(() => phases.add(application.connection.phase));
    slowDown(model);
    const assertLag = watchLag();
    const count = 10_000;
    for (let sent = 0; sent < count; sent += packets.length) {
      server.send(...packets);
      await pause(5);
    }
    await eventually(
      "all accounted for",
      () => application.receivedCount + application.shedCount === count,
    );
    await assertLag();
    assert.ok(application.shedCount > 0);
    assertAllCounted({ server, application, shown }, count);
    assert.deepEqual([...phases], ["connected"]);
    const texts = [...model.events.entries()].map(({ content }) =>
      content.kind === "connection" ? content.text : "",
    );
    assert.ok(texts.some((text) => /^[\d,]+ messages not shown/.test(text)));
    await close();
  });

  it("F02 counts for each application what is shown, pushed out, shed and not decodable", async () => {
    const { model, connected, close } = await connectApplications(3);
    slowDown(model);
    const bad = publish(topicOf(1), "no JSON");
    const portions = [6, 3, 1];
    for (let round = 0; round < 20; round++) {
      for (const [index, { server }] of connected.entries()) {
        const portion = packets.slice(0, (portions[index] ?? 1) * 40);
        server.send(...portion, ...portion.slice(0, portion.length / 4).map(() => bad));
      }
      await pause(5);
    }
    for (const [index, each] of connected.entries()) {
      const sent = (portions[index] ?? 1) * 50 * 20;
      const { application } = each;
      await eventually(
        `all of ${index} accounted for`,
        () => application.receivedCount + application.shedCount === sent,
      );
      assert.ok(application.undecodableCount > 0);
    }
    connected.forEach((each, index) => assertAllCounted(each, (portions[index] ?? 1) * 50 * 20));
    const sumOf = (name: "shedCount" | "evictedCount") =>
      connected.reduce((sum, { application }) => sum + application[name], 0);
    assert.ok(sumOf("shedCount") > 0 && sumOf("evictedCount") > 0);
    await close();
  });

  it("F10 counts messages of nearly one MiB without decoding them", async () => {
    const { server, application, shown, close } = await connect();
    const large = publish(topicOf(1), `{"uplink_message":{"a":"${"x".repeat(1_000_000)}"}}`);
    const assertLag = watchLag();
    for (let sent = 0; sent < 20; sent++) {
      server.send(large);
      await pause(50);
    }
    await eventually("all received", () => application.receivedCount === 20);
    await assertLag();
    assert.equal(application.undecodableCount, 20);
    assertAllCounted({ server, application, shown }, 20);
    await close();
  });

  it("P07 decodes a body of 256 KiB and no byte more, of the slowest kind, without holding the thread", async () => {
    const { server, application, shown, close } = await connect();
    const assertLag = watchLag(100);
    const head = '{"join_accept":{},"x":[';
    const tooLarge = "larger than 256 KiB, not decoded";
    const largest = 256 * 1024;
    for (const size of [largest - 1, largest, largest + 1, 1_000_000]) {
      const room = size - head.length - "]}".length;
      const numbers = `${"1,".repeat(Math.floor(room / 2) - 1)}1`;
      const body = `${head}${numbers}${" ".repeat(room - numbers.length)}]}`;
      assert.equal(body.length, size);
      server.send(publish(topicOf(1), body));
    }
    await eventually("all received", () => application.receivedCount === 4);
    await assertLag();
    assert.deepEqual(
      shown().map(({ content }) => ("reason" in content ? content.reason : content.kind)),
      ["join", "join", tooLarge, tooLarge],
    );
    await close();
  });
});

describe("Hostile traffic", () => {
  it("M15 keeps the order of arrival, and marks what its frame counter says came late or was reset", async () => {
    const { server, application, shown, close } = await connect();
    const uplink = (f_cnt: number, session_key_id: string) =>
      publish(topicOf(1), JSON.stringify({ uplink_message: { f_cnt, session_key_id } }));
    server.send(...[5, 4, 6].map((fCnt) => uplink(fCnt, "AQ==")));
    server.send(publish(topicOf(1), '{"join_accept":{"session_key_id":"Ag=="}}'));
    server.send(...[0, 1, 0].map((fCnt) => uplink(fCnt, "Ag==")));
    await eventually("all received", () => application.receivedCount === 7);
    assert.deepEqual(
      shown().map(({ content, note }) => ["fCnt" in content && content.fCnt, note]),
      [
        [5, undefined],
        [4, "late: a higher FCnt came before"],
        [6, undefined],
        [false, undefined],
        [0, undefined], // a new session counts anew
        [1, undefined],
        [0, "FCnt reset"],
      ],
    );
    const [device] = application.endDevices.values();
    assert.equal(device?.lastHeardAt, shown().at(-1)?.at);
    await close();
  });
});
