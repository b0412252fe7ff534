/** Load on the whole way of a message, in short: `npm run bench` does the same for longer. Source: reliability §6.8. */
import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Connections } from "../../src/connections";
import { Model } from "../../src/model/model";
import { applicationKey } from "../../src/stack/applicationSettings";
import { systemClock } from "../../src/util/clock";
import { bodyOf, topicOf, application as uid } from "../bench/uplinks";
import { canaryKey } from "../support/canary";
import { eventually } from "../support/conditions";
import { publish } from "../support/packets";
import { ScriptedBroker, serveAll } from "../support/scriptedBroker";

/** A connected application of a server that sends what the test says. */
async function connect() {
  const broker = await ScriptedBroker.start({ script: serveAll });
  const model = new Model({ maximumMessages: 1_000, maximumBytes: 16 * 1024 * 1024 });
  const settings = {
    application: uid,
    host: "127.0.0.1",
    port: broker.port,
    security: "plaintext",
  } as const;
  model.setApplications([settings]);
  const connections = new Connections(model, {
    clock: systemClock,
    random: Math.random,
    readApiKey: () => Promise.resolve(canaryKey),
    readCaFile: () => Promise.reject(new Error("there is none")),
    isPlaintextAllowed: () => false,
    log: () => undefined,
  });
  const application = model.application(applicationKey(settings));
  assert(application);
  connections.connect(application.key);
  await eventually("connected", () => application.connection.phase === "connected");
  let notes = 0;
  model.onDidChange(({ event }) => {
    if (event && !("deviceId" in event.content)) notes++;
  });
  const notesBefore = model.events.size;
  const server = await broker.connection(0);
  return {
    ...{ model, application, server },
    /** Shown and evicted, without the lines about the connection itself. */
    kept: () => model.events.size + model.events.evicted - notes - notesBefore,
    close: async () => {
      await connections.close();
      await broker.stop();
    },
  };
}

const packets = Array.from({ length: 500 }, (_, index) =>
  publish(topicOf(index % 50), JSON.stringify(bodyOf(index, 50))),
);

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

describe("Load", () => {
  it("F01 takes in a thousand messages a second and counts each", async () => {
    const { server, application, kept, close } = await connect();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    for (let portion = 0; portion < 60; portion++) {
      server.send(...packets.slice(0, 50));
      await pause(50);
    }
    await eventually("all received", () => application.receivedCount === 3_000);
    delay.disable();
    assert.equal(kept() + application.shedCount, 3_000);
    assert.equal(application.shedCount, 0);
    assert.ok(delay.percentile(99) < 50e6 * 4, `${delay.percentile(99) / 1e6} ms`);
    await close();
  });

  it("F02 lives through a flood into a slow consumer, and tells what it shed", async () => {
    const { server, model, application, kept, close } = await connect();
    const phases = new Set<string>();
    model.onDidChange(({ event }) => {
      phases.add(application.connection.phase);
      if (!event || !("deviceId" in event.content)) return;
      const end = performance.now() + 1;
      while (performance.now() < end) continue; // a view that takes long
    });
    const count = 10_000;
    for (let sent = 0; sent < count; sent += packets.length) {
      server.send(...packets);
      await pause(5);
    }
    await eventually(
      "all accounted for",
      () => application.receivedCount + application.shedCount === count,
    );
    assert.ok(application.shedCount > 0);
    assert.equal(kept() + application.shedCount, count);
    assert.deepEqual([...phases], ["connected"]);
    const texts = [...model.events.entries()].map(({ content }) =>
      content.kind === "connection" ? content.text : "",
    );
    assert.ok(texts.some((text) => /^[\d,]+ messages not shown/.test(text)));
    await close();
  });

  it("F10 counts messages of nearly one MiB without decoding them", async () => {
    const { server, application, kept, close } = await connect();
    const large = publish(topicOf(1), `{"uplink_message":{"a":"${"x".repeat(1_000_000)}"}}`);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    for (let sent = 0; sent < 20; sent++) {
      server.send(large);
      await pause(50);
    }
    await eventually("all received", () => application.receivedCount === 20);
    delay.disable();
    assert.equal(application.undecodableCount, 20);
    assert.equal(kept(), 20);
    assert.ok(delay.percentile(99) < 50e6 * 4, `${delay.percentile(99) / 1e6} ms`);
    await close();
  });
});
