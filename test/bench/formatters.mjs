// Measures payload formatters as they ship: dist/formatters.js with its worker. Tells the figures to the parent process.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";

const { createFormatter } = createRequire(import.meta.url)(path.resolve("dist/formatters.js"));
const source = await readFile("test/bench/typicalFormatter.js.txt", "utf8");
const inputs = Array.from({ length: 1000 }, (_, index) => ({
  bytes: [1, 0x75, 90, 1, 0x67, index & 255, index >> 8, 2, 0x68, 50, 7, 0x7d, 20, 2],
  fPort: 85,
}));

/** @param {readonly number[]} numbers @param {number} share */
function quantile(numbers, share) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)] ?? NaN;
}

/** @param {() => Promise<unknown>} run */
async function timed(run) {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

/** @param {number} count @param {(index: number) => Promise<unknown>} run */
async function repeat(count, run) {
  const times = [];
  for (let index = 0; index < count; index++) times.push(await timed(() => run(index)));
  return times;
}

/** @param {number} index */
async function save(index) {
  const formatter = createFormatter(`${source}// ${index}`);
  const answers = await formatter.decodeUplinks(inputs.slice(0, 50));
  if (answers.some(({ error }) => error !== undefined)) throw new Error("a frame failed");
  formatter.dispose();
}

const cold = await timed(() => save(0));
const warm = quantile(await repeat(40, save), 0.95);
const formatter = createFormatter(source);
const thousand = quantile(await repeat(5, () => formatter.decodeUplinks(inputs)), 0.5);
const times = [];
for (let index = 0; index < 200; index++) {
  // Live uplinks come apart from each other.
  await pause(10);
  times.push(await timed(() => formatter.decodeUplink(inputs[index])));
}
const live = quantile(times, 0.5);
formatter.dispose();
process.send?.({ thousand, live, cold, warm });
