// `npm test`: runs everything, or the groups named as arguments, and ends with the line "N passed, N failed".
import { rm } from "node:fs/promises";
import path from "node:path";
import { ensureDependencies } from "./editor/install.mjs";
import { failure, hasDesktop, steps } from "./steps.mjs";

const atOnce = 2;

/** The steps of the named groups, and the build where their tests need it. @param {string[]} groups */
function choose(groups) {
  const known = new Set(steps.map(({ group }) => group));
  const unknown = groups.filter((group) => !known.has(group));
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(", ")}. Known: ${[...known].join(", ")}`);
    process.exit(2);
  }
  if (groups.length === 0) return [...steps];
  const chosen = steps.filter(({ group }) => groups.includes(group));
  const needed = new Set(chosen.flatMap(({ after }) => after));
  return steps.filter(
    (step) => chosen.includes(step) || (needed.has(step.name) && step.name !== "package"),
  );
}

/**
 * Runs steps side by side, in their order, each once those that it comes after are done.
 * @param {import("./steps.mjs").Step[]} chosen
 */
async function runAll(chosen) {
  const waiting = [...chosen];
  /** @type {Map<string, import("./steps.mjs").Outcome>} */
  const done = new Map();
  /** @type {Map<import("./steps.mjs").Step, Promise<void>>} */
  const running = new Map();
  const isPending = (/** @type {string} */ name) =>
    chosen.some((step) => step.name === name) && !done.has(name);
  const fits = (/** @type {import("./steps.mjs").Step} */ step) =>
    !step.after.some(isPending) &&
    (running.size === 0 ||
      (running.size < atOnce && !step.alone && ![...running.keys()].some(({ alone }) => alone)));
  while (waiting.length > 0 || running.size > 0) {
    for (let next = waiting.find(fits); next !== undefined; next = waiting.find(fits)) {
      const step = next;
      waiting.splice(waiting.indexOf(step), 1);
      const finished = runOne(step, done).then((outcome) => {
        done.set(step.name, outcome);
        running.delete(step);
      });
      running.set(step, finished);
    }
    await Promise.race(running.values());
  }
  return [...done.values()];
}

/**
 * @param {import("./steps.mjs").Step} step
 * @param {ReadonlyMap<string, import("./steps.mjs").Outcome>} done
 */
async function runOne(step, done) {
  const start = Date.now();
  const broken = step.after.find((name) => name !== "package" && (done.get(name)?.failed ?? 0) > 0);
  const outcome = await (broken === undefined ? step.run() : Promise.reject(notRun(broken))).catch(
    failure,
  );
  report(step.name, outcome, (Date.now() - start) / 1000);
  return outcome;
}

/** @param {string} broken */
function notRun(broken) {
  return new Error(`not run: "${broken}" failed`);
}

/**
 * @param {string} name
 * @param {import("./steps.mjs").Outcome} outcome
 * @param {number} seconds
 */
function report(name, { passed, failed, skipped, output }, seconds) {
  const counts = [
    `${passed} passed`,
    failed && `${failed} failed`,
    skipped && `${skipped} skipped`,
  ];
  const words = counts.filter(Boolean).join(", ");
  console.log(
    `${failed > 0 ? "FAIL" : "ok  "}  ${name.padEnd(15)}  ${words}  ${seconds.toFixed(1)} s`,
  );
  if (failed > 0 && output !== undefined)
    console.log(`\n${output.trimEnd().replace(/^/gm, "      ")}\n`);
}

// Ends the editors that run: their handlers listen for "exit".
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

process.chdir(path.resolve(import.meta.dirname, ".."));
const chosen = choose(process.argv.slice(2));
await ensureDependencies();
await rm(path.join("artifacts", "logs"), { recursive: true, force: true });
const outcomes = await runAll(chosen);
if (!hasDesktop && chosen.some(({ group }) => group === "host")) {
  console.log("A desktop VS Code was not tested: set VSCODE_PATH, or VSCODE_DOWNLOAD=stable.");
}
const total = (/** @type {"passed" | "failed"} */ key) =>
  outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
console.log(`${total("passed")} passed, ${total("failed")} failed`);
process.exitCode = total("failed") > 0 ? 1 : 0;
