// Runs the compiled host tests (out/host) inside a VS Code: newest or oldest in the browser, or a desktop one.
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { format } from "node:util";
import { launchChromium } from "./chromium.mjs";
import { startCodeServer } from "./codeServer.mjs";
import { cleanEnvironment, CommandFailed, run } from "./process.mjs";
import { ensureSystemPackages } from "./systemPackages.mjs";
import { makeTemporaryFolder } from "./temporaryFolder.mjs";

const limitMs = 300_000;

/**
 * @typedef {object} HostResults
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {{ title: string, message: string }[]} failures
 * @property {string} log what the tests and the extension host printed
 */

/**
 * Runs the host tests in one VS Code. Rejects when they did not come to their end.
 * @param {"newest" | "oldest" | "desktop"} host
 * @returns {Promise<HostResults>}
 */
export async function runHostTests(host) {
  const resultsFile = path.resolve("artifacts", "results", `host-${host}.json`);
  await mkdir(path.dirname(resultsFile), { recursive: true });
  await rm(resultsFile, { force: true });
  const workspace = await makeTemporaryFolder("tts-host");
  const workspaceFolder = workspace.path;
  await writeFile(path.join(workspaceFolder, "README.md"), "A folder for the host tests.\n");
  const env = { HOST_TEST_RESULTS: resultsFile };
  try {
    const log =
      host === "desktop"
        ? await runInDesktop(workspaceFolder, env)
        : await runInBrowser(host, workspaceFolder, env);
    const results = await readFile(resultsFile, "utf8").catch(() => undefined);
    if (results === undefined) throw new Error(`The host tests left no results.\n${log}`);
    return { ...JSON.parse(results), log };
  } finally {
    await workspace.remove();
  }
}

const extensionTestsPath = () => path.resolve("out", "host", "index");

/**
 * @param {"newest" | "oldest"} which
 * @param {string} workspaceFolder
 * @param {Record<string, string>} env
 */
async function runInBrowser(which, workspaceFolder, env) {
  const extensionFolder = process.cwd();
  const tests = extensionTestsPath();
  const server = await startCodeServer({
    ...{ which, extensionFolder, workspaceFolder, env, extensionTestsPath: tests },
  });
  const browser = await launchChromium();
  /** @type {string[]} */
  const lines = [];
  try {
    const page = await browser.newPage();
    // VS Code calls these two functions of its page: for everything logged, and with the exit code of the tests.
    await page.exposeFunction(
      "codeAutomationLog",
      (/** @type {string} */ _type, /** @type {unknown[]} */ args) => {
        lines.push(format(...args));
      },
    );
    const ended = new Promise((resolve) => page.exposeFunction("codeAutomationExit", resolve));
    const crashed = new Promise((resolve) => page.on("crash", () => resolve("the page crashed")));
    await page.goto(server.url);
    const late = timeout(`the host tests took more than ${limitMs / 1000} s`);
    const ending = await Promise.race([ended, crashed, late.promise]);
    late.cancel();
    if (typeof ending === "string") throw new Error(`${ending}\n${lines.join("\n")}`);
  } finally {
    await browser.close();
    await server.stop();
    await appendFile(server.logFile, `\n${lines.join("\n")}\n`);
  }
  return lines.join("\n");
}

/** @param {string} message */
function timeout(message) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const promise = new Promise((resolve) => (timer = setTimeout(resolve, limitMs, message)));
  return { promise, cancel: () => clearTimeout(timer) };
}

/**
 * @param {string} workspaceFolder
 * @param {Record<string, string>} env
 */
async function runInDesktop(workspaceFolder, env) {
  const program = path.resolve("test", "editor", "desktopHost.mjs");
  const command = [process.execPath, program, process.cwd(), extensionTestsPath(), workspaceFolder];
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (process.platform === "linux" && !DISPLAY && !WAYLAND_DISPLAY) {
    await ensureSystemPackages(["xvfb"]);
    command.unshift("xvfb-run", "-a");
  }
  const [first = "", ...rest] = command;
  return run(first, rest, { env: cleanEnvironment(env) }).catch((/** @type {unknown} */ error) => {
    if (error instanceof CommandFailed) return error.output; // The results file tells which failed.
    throw error;
  });
}
