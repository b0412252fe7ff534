// Runs other programs: quietly, with their output kept for the case that they fail.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";

/** Variables of the npm or VS Code that started us and that would steer the ones that we start. */
const inherited =
  /^(VSCODE_(?!PATH$|DOWNLOAD$)|npm_(package|lifecycle|command|execpath|node_execpath|config_local_prefix)|ELECTRON_RUN_AS_NODE|NODE_ENV$|CODE_SERVER_|PORT$)/;

/**
 * Our environment without what npm and VS Code put there, changed by `changes`.
 * @param {Record<string, string | undefined>} [changes]
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment(changes = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !inherited.test(name));
  return { ...Object.fromEntries(kept), ...changes };
}

/**
 * Runs a program to its end. Rejects, with the output in the message, when it cannot start, when its exit code is not
 * 0, or when it takes longer than `limitMs`: then it is asked to end, and after 5 s killed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean, limitMs?: number }} [options]
 * @returns {Promise<string>} standard output and standard error, in the order in which they came
 */
export function run(command, args, { limitMs, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: cleanEnvironment(),
      ...options,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timers = limitMs === undefined ? [] : limit(child, limitMs);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      timers.forEach(clearTimeout);
      if (code === 0) resolve(output);
      else reject(new CommandFailed([command, ...args].join(" "), code ?? signal, output));
    });
  });
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {number} limitMs
 */
function limit(child, limitMs) {
  return [
    setTimeout(() => child.kill("SIGTERM"), limitMs),
    setTimeout(() => child.kill("SIGKILL"), limitMs + 5000),
  ];
}

/** A program ended badly; `output` is everything that it printed. */
export class CommandFailed extends Error {
  /**
   * @param {string} command
   * @param {number | string | null} ending
   * @param {string} output
   */
  constructor(command, ending, output) {
    super(`${command} ended with ${ending}\n${output}`);
    this.output = output;
  }
}

/**
 * Runs npm, whichever way it was installed.
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function npm(args, options) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith("npm-cli.js")) return run(process.execPath, [cli, ...args], options);
  return run("npm", args, { ...options, shell: process.platform === "win32" });
}

/**
 * Where a program is, or undefined: looked up on PATH and, on Linux and macOS, where servers are installed.
 * @param {string} name
 */
export function findProgram(name) {
  const windows = process.platform === "win32";
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  if (!windows) folders.push("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin");
  const endings = windows ? [".exe", ".cmd"] : [""];
  const candidates = folders.flatMap((folder) => endings.map((e) => path.join(folder, name + e)));
  return candidates.find(isExecutable);
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Does something that takes a while and says when it is done.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 */
export async function announced(what, work) {
  console.log(`${what} ...`);
  const start = Date.now();
  const result = await work();
  console.log(`${what}: done in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
