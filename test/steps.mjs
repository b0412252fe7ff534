// The steps of the test run: what each does, what it needs first, and how its result is counted.
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { ensureCodeServer } from "./editor/install.mjs";
import { CommandFailed, run } from "./editor/process.mjs";
import { ensureSystemPackages } from "./editor/systemPackages.mjs";
import { checkPackage } from "./packageCheck.mjs";

/** A suite that takes longer hangs. */
const suiteLimitMs = 600_000;

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string} [output] shown when something failed
 */

/**
 * @typedef {object} Step
 * @property {string} group what one says on the command line to get it
 * @property {string} name
 * @property {readonly string[]} after names of steps that must be done, if they run at all
 * @property {boolean} [alone] leaves the machine to it: it keeps both cores busy or measures time
 * @property {() => Promise<Outcome>} run
 */

/**
 * A check passes or fails as a whole.
 * @param {string} group
 * @param {string} name
 * @param {() => Promise<unknown>} work
 * @param {readonly string[]} [after]
 * @returns {Step}
 */
function check(group, name, work, after = []) {
  const outcome = async () => {
    try {
      await work();
      return { passed: 1, failed: 0, skipped: 0 };
    } catch (error) {
      return failure(error);
    }
  };
  return { group, name, after, run: outcome };
}

/**
 * @param {unknown} error
 * @returns {Outcome}
 */
export function failure(error) {
  const output = error instanceof CommandFailed ? error.output : String(error);
  return { passed: 0, failed: 1, skipped: 0, output };
}

/**
 * Runs a JavaScript program of an npm package.
 * @param {string} file
 * @param {string[]} args
 */
function tool(file, ...args) {
  return run(process.execPath, [path.join("node_modules", file), ...args]);
}

/**
 * Runs the compiled tests of a folder with mocha and counts them.
 * @param {string} name
 * @param {{ needs?: string[], testMs: number, alone?: boolean }} options programs of the system that the tests need,
 *   and the time that one test may take
 * @returns {Step}
 */
function mochaSuite(name, { needs = [], testMs, alone = false }) {
  return {
    group: name,
    name,
    alone,
    after: ["build"],
    async run() {
      await ensureSystemPackages(needs);
      const counts = path.join("artifacts", "results", `${name}.json`);
      await rm(counts, { force: true });
      const args = ["--enable-source-maps", "test/mochaSuite.mjs", name, `${testMs}`];
      const ended = await run(process.execPath, args, { limitMs: suiteLimitMs }).then(
        (output) => ({ isBad: false, output }),
        (error) => ({ isBad: true, output: failure(error).output ?? "" }),
      );
      const results = JSON.parse(await readFile(counts, "utf8").catch(() => "null"));
      if (results === null) return failure(`${ended.output}\n${await lastTest(name)}`);
      // Ended badly although every test passed: something is still open.
      if (ended.isBad && results.failed === 0) return { ...results, ...failure(ended.output) };
      return counted(results, ended.output);
    },
  };
}

/** @param {string} name */
async function lastTest(name) {
  const log = await readFile(path.join("artifacts", "results", `${name}.log`), "utf8");
  return `The suite did not come to its end. Last test: ${log.trimEnd().split("\n").at(-1) ?? "none"}`;
}

/**
 * @param {{ passed: number, failed: number, skipped: number }} counts
 * @param {string} output
 * @returns {Outcome}
 */
function counted({ passed, failed, skipped }, output) {
  if (passed + failed === 0) return failure(`no tests found\n${output}`);
  return { passed, failed, skipped, output };
}

/**
 * @param {"newest" | "oldest" | "desktop"} host
 * @returns {Step}
 */
function hostSuite(host) {
  return {
    group: "host",
    name: `host ${host}`,
    after: ["build", ...(host === "desktop" ? [] : [`editor ${host}`])],
    alone: true,
    async run() {
      await ensureSystemPackages(["chromium"]);
      const { runHostTests } = await import("./editor/hostTests.mjs"); // Needs npm packages.
      const { log, ...results } = await runHostTests(host);
      return counted(results, log);
    },
  };
}

/** Whether a desktop VS Code was named: VSCODE_PATH (its executable) or VSCODE_DOWNLOAD (a version or "stable"). */
export const hasDesktop = Boolean(process.env.VSCODE_PATH || process.env.VSCODE_DOWNLOAD);

/** All steps, the first first. @type {readonly Step[]} */
export const steps = [
  check("host", "editor newest", () => ensureCodeServer("newest")),
  check("host", "editor oldest", () => ensureCodeServer("oldest")),
  check("package", "package", checkPackage),
  check("build", "build", () => run(process.execPath, ["esbuild.mjs"]), ["package"]),
  check("types", "types", () => tool("typescript/bin/tsc", "-p", ".")),
  check("types", "types webview", () => tool("typescript/bin/tsc", "-p", "src/webview")),
  check("types", "types test", () => tool("typescript/bin/tsc", "-p", "test")),
  check("lint", "lint", () => tool("eslint/bin/eslint.js", ".")),
  check("format", "format", () => tool("prettier/bin/prettier.cjs", "--check", ".")),
  mochaSuite("unit", { testMs: 10_000 }),
  mochaSuite("broker", {
    needs: ["mosquitto", "mosquittoClients", "python"],
    testMs: 20_000,
    alone: true,
  }),
  hostSuite("newest"),
  hostSuite("oldest"),
  ...(hasDesktop ? [hostSuite("desktop")] : []),
  mochaSuite("ui", { needs: ["chromium"], testMs: 60_000, alone: true }),
];
