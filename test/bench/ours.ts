/**
 * The extension's own path of a message, from socket to tree and event channel. One measurement per process:
 * `node ours.js <name> <port> <warm-up messages> <measured messages>`. The host's side is `./vscode`, which counts.
 */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { Connections } from "../../src/connections/connections";
import { Model } from "../../src/model/model";
import { startAttempt } from "../../src/mqtt/attempt";
import { applicationKey } from "../../src/stack/applicationSettings";
import { decode } from "../../src/stack/decode";
import { systemClock } from "../../src/util/clock";
import { EventChannel } from "../../src/views/log/eventChannel";
import { ApplicationsTree } from "../../src/views/tree/applicationsTree";
import { Meter, tell, tellOfWork } from "./meter";
import { application, bodyOf, topicOf } from "./uplinks";
import { counts, latest } from "./vscode";

const [name = "", ...figures] = process.argv.slice(2);
const [port = 0, warmUp = 0, measured = 0] = figures.map(Number);
const clock = systemClock;
/** Silence of the stream after which it is over. Milliseconds. */
const quietTime = 1_000;
/** What one message costs the slowed consumer. Milliseconds. */
const slowness = 2.5;

/** The parts of the extension, connected as in `activate`, with its default history. */
function start() {
  const model = new Model({ maximumMessages: 5_000, maximumBytes: 16 * 1024 * 1024 });
  const settings = { application, host: "127.0.0.1", port, security: "plaintext" } as const;
  model.setApplications([settings]);
  new ApplicationsTree(model, clock);
  new EventChannel(model, clock);
  const key = applicationKey(settings);
  const found = model.application(key);
  if (!found) throw new Error("no application");
  return { model, key, found };
}

function connect({ model, key }: ReturnType<typeof start>): Connections {
  const connections = new Connections(model, {
    clock,
    random: Math.random,
    readApiKey: () => Promise.resolve("NNSXS.BENCH.BENCH"),
    readCaFile: () => Promise.reject(new Error("none")),
    isPlaintextAllowed: () => false,
    log: () => undefined,
    // A short keepalive, so that a flood which starves the pings ends the connection.
    startAttempt: (options, listener) =>
      Promise.resolve(startAttempt({ ...options, keepalive: 4 }, listener)),
  });
  connections.connect(key);
  return connections;
}

/** Processor time of each message. */
function cost(): void {
  const parts = start();
  const shed = () => ({ shed: parts.found.shedCount, ...counts });
  const meter = new Meter(warmUp, measured, shed);
  parts.model.onDidChange(({ event }) => {
    if (event && "deviceId" in event.content) meter.count(1);
  });
  // In a flood the last ones may be shed, and are never counted.
  let before = 0;
  clock.every(quietTime, () => {
    const { receivedCount } = parts.found;
    if (receivedCount > warmUp && receivedCount === before) meter.finish();
    before = receivedCount;
  });
  connect(parts);
}

/** What becomes of a stream of `measured` messages, and how long the event loop is held meanwhile. */
function stream(burn: number): void {
  const parts = start();
  const { model, found } = parts;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let lastAt = Infinity;
  let losses = 0;
  let notes = 0;
  model.onDidChange(({ event }) => {
    if (!event) {
      if (found.receivedCount > 0 && found.connection.phase !== "connected") losses++;
      return;
    }
    if (!("deviceId" in event.content)) {
      notes++;
      return;
    }
    if (found.receivedCount === Math.max(1, warmUp)) delay.enable();
    lastAt = performance.now();
    const end = lastAt + burn;
    while (performance.now() < end) continue; // a view that takes long
  });
  connect(parts);
  clock.every(50, () => {
    const received = found.receivedCount + found.shedCount;
    if (performance.now() - lastAt < quietTime) return;
    // Shedding is told late: what is missing now is waited for.
    if (received < measured && performance.now() - lastAt < 10 * quietTime) return;
    delay.disable();
    const { evicted, size } = model.events;
    const isAlive = found.connection.phase === "connected" && losses === 0;
    const p99 = delay.percentile(99) / 1e6;
    tell({ received, shed: found.shedCount, evicted, shown: size - notes, isAlive, p99 });
  });
}

/** Resolves when the channel has written all that came: a line of its own comes last. */
async function written({ model, key }: ReturnType<typeof start>): Promise<void> {
  const text = `written ${++lastLine}`;
  model.note(key, { kind: "connection", text }, clock.now());
  while (!latest.append.endsWith(`${text}\n`))
    await new Promise((resolve) => setImmediate(resolve));
}

let lastLine = 0;

/** Growth of the heap by `measured` messages of `warmUp` end devices, without a socket. */
async function heap(): Promise<void> {
  const devices = warmUp;
  const parts = start();
  const { model, key } = parts;
  const { gc } = globalThis;
  const used = () => {
    gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / (1024 * 1024);
  };
  const before = used();
  const steps: number[] = [];
  for (let index = 0; index < measured; index++) {
    const payload = Buffer.from(JSON.stringify(bodyOf(index, devices)));
    const topic = topicOf(index % devices);
    model.apply(key, topic, decode(topic, payload), payload, clock.now());
    if (index % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    if ((index + 1) % (measured / 10) === 0) {
      await written(parts);
      steps.push(used() - before);
    }
  }
  tell({ megabytes: Math.max(...steps), growth: (steps.at(-1) ?? 0) - (steps[4] ?? 0) });
}

const measurements = new Map<string, () => unknown>([
  ["cost", cost],
  ["stream", () => stream(0)],
  ["flood", () => stream(slowness)],
  ["heap", heap],
]);
tellOfWork();
void measurements.get(name)?.();
