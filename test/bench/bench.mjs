// `npm run bench`: what a message costs from the socket to the tree, and what holds under load. See README, "Scale".
import { fork } from "node:child_process";
import { once } from "node:events";
import { MachineLoad } from "../support/machineLoad.mjs";
import { Bench, buildPrograms } from "./processes.mjs";

const rounds = 3;
const uplinks = { devices: 1_000, packets: 100_000 };
/** Messages a second for the comparison: every contender can follow, and ours sheds none. */
const rate = 20_000;
const warmUp = 20_000;
const measured = 100_000;
const contenders = [
  ["socket", "raw socket read"],
  ["parser", "bare mqtt-packet parser"],
  ["mqtt", "bare MQTT.js"],
  ["json", "bare MQTT.js + JSON.parse"],
  ["cost", "ours, the full path"],
];
let failures = 0;

/** @param {string} figure @param {string} value @param {string} [target] @param {boolean} [isMet] */
function line(figure, value, target = "", isMet = undefined) {
  if (isMet === false) failures++;
  const verdict = isMet === undefined ? "" : isMet ? "pass" : "FAIL";
  console.log(`${figure.padEnd(46)} ${value.padEnd(40)} ${target.padEnd(26)} ${verdict}`.trimEnd());
}

/** @param {readonly number[]} numbers */
function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** @param {Bench} bench */
async function compareCosts(bench) {
  const costs = new Map(contenders.map(([name]) => [name, []]));
  const plan = { count: warmUp + measured + 1_000, rate };
  for (let round = 0; round < rounds; round++) {
    for (const [name, times] of costs) {
      const program = name === "cost" ? "ours" : "contenders";
      const options = { size: uplinks, plan, args: [warmUp, measured] };
      times.push((await bench.measure(program, name, options)).microseconds);
    }
  }
  const reference = median(costs.get("json"));
  line("CPU per uplink", `median of ${rounds} rounds at ${rate} messages/s`);
  for (const [name, words] of contenders) {
    const times = costs.get(name);
    const ratio = median(times) / reference;
    const range = times.map((time) => time.toFixed(1)).join(" ");
    const isOurs = name === "cost";
    line(
      `  ${words}`,
      `${median(times).toFixed(1)} µs, ratio ${ratio.toFixed(2)} (${range})`,
      isOurs ? "ratio ≤ 1.2" : "",
      isOurs ? ratio <= 1.2 : undefined,
    );
  }
}

/** @param {Bench} bench */
async function findSustainedRate(bench) {
  let best = 0;
  for (const tried of [25_000, 30_000, 40_000, 50_000]) {
    const count = tried * 2;
    const options = { size: uplinks, plan: { count, rate: tried }, args: [0, count] };
    const { shed, received } = await bench.measure("ours", "stream", options);
    if (shed > 0 || received !== count) break;
    best = tried;
  }
  line("sustained without shedding, one core", `${best} messages/s`, "≥ 25000/s", best >= 25_000);
}

/** @param {Bench} bench */
async function measureDelay(bench) {
  const count = 30_000;
  const options = { size: uplinks, plan: { count, rate: 5_000 }, args: [5_000, count] };
  const { p99 } = await bench.measure("ours", "stream", options);
  line("event-loop delay p99 at 5000 messages/s", `${p99.toFixed(1)} ms`, "≤ 20 ms", p99 <= 20);
}

/** @param {Bench} bench */
async function flood(bench) {
  const count = 200_000;
  const options = { size: uplinks, plan: { count, rate: 20_000 }, args: [0, count] };
  const { received, shown, evicted, shed, isAlive, p99 } = await bench.measure(
    "ours",
    "flood",
    options,
  );
  const isExact = received === count && shown + evicted + shed === count;
  line(
    "flood of 20000/s for 10 s, slow consumer",
    isAlive ? "connection alive" : "connection lost",
    "alive",
    isAlive,
  );
  const sum = `${received} = ${shown} + ${evicted} + ${shed}`;
  line("  received = shown + evicted + shed", sum, `exactly ${count}`, isExact);
  line("  event-loop delay p99", `${p99.toFixed(1)} ms`, "≤ 50 ms", p99 <= 50);
}

/** @param {Bench} bench @param {string} words @param {number} devices @param {number} messages */
async function measureHeap(bench, words, devices, messages) {
  const options = { size: uplinks, plan: { count: 0, rate: 0 }, args: [devices, messages] };
  const { megabytes, growth } = await bench.measure("ours", "heap", options);
  const value = `${megabytes.toFixed(1)} MB, second half ${growth >= 0 ? "+" : ""}${growth.toFixed(1)} MB`;
  line(words, value, "≤ 40 MB, flat (± 2 MB)", megabytes <= 40 && Math.abs(growth) <= 2);
}

async function measureFormatters() {
  const program = fork("test/bench/formatters.mjs");
  const [figures] = await once(program, "message");
  program.kill();
  const { thousand, live, cold, warm } = figures;
  line(
    "1000 recorded uplinks through a formatter",
    `${thousand.toFixed(0)} ms`,
    "≤ 300 ms",
    thousand <= 300,
  );
  line("one live uplink through a formatter, p50", `${live.toFixed(2)} ms`, "≤ 1 ms", live <= 1);
  line(
    "formatter saved → 50 uplinks, p95",
    `${warm.toFixed(0)} ms (first ${cold.toFixed(0)} ms)`,
    "≤ 200 ms",
    warm <= 200,
  );
}

const started = Date.now();
const load = new MachineLoad();
const bench = new Bench(await buildPrograms());
/** @param {string} words @param {() => Promise<void>} measure One that ends without figures does not cost the others theirs. */
async function attempt(words, measure) {
  await load.look();
  try {
    await measure();
  } catch (error) {
    line(words, error instanceof Error ? error.message : String(error), "figures", false);
  }
}
try {
  await attempt("CPU per uplink", () => compareCosts(bench));
  await attempt("sustained without shedding", () => findSustainedRate(bench));
  await attempt("event-loop delay", () => measureDelay(bench));
  await attempt("flood", () => flood(bench));
  await attempt("heap", () => measureHeap(bench, "heap for 10000 devices", 10_000, 100_000));
  await attempt("heap", () =>
    measureHeap(bench, "heap, 1000000 messages, default store", 1_000, 1_000_000),
  );
  await attempt("formatters", measureFormatters);
} finally {
  await bench.close();
}
await load.look();
const advice = load.isBusy ? ": too busy to judge the times, measure again on a quiet machine" : "";
console.log(`${failures} targets missed, ${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${load.text}${advice}`);
