/**
 * The extension's own path of a message, from socket to tree and event channel. One measurement per process:
 * `node ours.js <name> <port> <messages> ...`. The host's side is `./vscode`, which counts.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Connections } from "../../src/connections";
import { Model } from "../../src/model/model";
import { startAttempt } from "../../src/mqtt/attempt";
import { applicationKey } from "../../src/stack/applicationSettings";
import { systemClock } from "../../src/util/clock";
import { EventChannel } from "../../src/views/log/eventChannel";
import { ApplicationsTree } from "../../src/views/tree/applicationsTree";
import { Meter, tell } from "./meter";
import { application } from "./uplinks";
import { counts } from "./vscode";

const [name = "", ...figures] = process.argv.slice(2);
const [port = 0, warmUp = 0, measured = 0] = figures.map(Number);
const clock = systemClock;

/** The parts of the extension, connected as in `activate`, with its default history. */
function start(keepalive = 30) {
  const model = new Model({ maximumMessages: 5_000, maximumBytes: 16 * 1024 * 1024 });
  const settings = { application, host: "127.0.0.1", port, security: "plaintext" } as const;
  model.setApplications([settings]);
  const key = applicationKey(settings);
  const connections = new Connections(model, {
    clock,
    random: Math.random,
    readApiKey: () => Promise.resolve("NNSXS.BENCH.BENCH"),
    readCaFile: () => Promise.reject(new Error("none")),
    isPlaintextAllowed: () => false,
    log: (line) => process.env["BENCH_LOG"] && process.stderr.write(`${line}\n`),
    startAttempt: (options, listener) =>
      Promise.resolve(startAttempt({ ...options, keepalive }, listener)),
  });
  new ApplicationsTree(model, clock);
  new EventChannel(model, clock);
  connections.connect(key);
  return { model, key };
}

const measurements = new Map<string, () => void>([
  [
    "cost",
    () => {
      const { model } = start();
      const meter = new Meter(warmUp, measured, () => ({ ...counts }));
      model.onDidChange(({ event }) => {
        if (event && "deviceId" in event.content) meter.count(1);
      });
    },
  ],
]);
measurements.get(name)?.();
