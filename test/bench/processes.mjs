// Builds the measured programs as the extension is built, and runs them against a sender in a process of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";

/** A program that uses no processor time for so long is stuck; a slow one on a busy machine is not. Milliseconds. */
const stallMs = 120_000;

/** @returns {Promise<string>} the folder of the bundles */
export async function buildPrograms() {
  const outdir = await mkdtemp(path.join(tmpdir(), "thethingsstack-bench-"));
  const common = /** @type {const} */ ({
    outdir,
    bundle: true,
    platform: "node",
    target: "node20",
  });
  // Ours as it ships; the others with their packages as npm installs them.
  await build({
    ...common,
    entryPoints: ["test/bench/ours.ts"],
    alias: {
      vscode: "./test/bench/vscode.ts",
      debug: "./src/mqtt/stubs/debug.cjs",
      ws: "./src/mqtt/stubs/absent.ts",
      socks: "./src/mqtt/stubs/absent.ts",
      "worker-timers": "./src/mqtt/stubs/absent.ts",
      "readable-stream": "node:stream",
    },
    define: { navigator: "undefined" },
  });
  const others = ["test/bench/sender.ts", "test/bench/contenders.ts"];
  await build({ ...common, entryPoints: others, packages: "external" });
  return outdir;
}

/**
 * @typedef {{ devices: number, packets: number }} Size what the sender encodes
 * @typedef {{ count: number, rate: number }} Plan what it sends to the next client
 */

const env = { ...process.env, NODE_PATH: path.resolve("node_modules") };

export class Bench {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
    this.sender = fork(path.join(folder, "sender.js"), { env });
    this.listening = once(this.sender, "message").then(([{ port }]) => port);
  }

  /**
   * Runs a contender against the stream. Its own arguments follow its name and the sender's port.
   * @param {string} program @param {string} name @param {{ size: Size, plan: Plan, args: readonly number[] }} options
   * @returns {Promise<any>} the figures that it reports
   */
  async measure(program, name, { size, plan, args }) {
    const port = await this.listening;
    this.sender.send({ size, plan });
    const [{ bytesPerMessage }] = await once(this.sender, "message");
    const file = path.join(this.folder, `${program}.js`);
    const all = [name, port, ...args, bytesPerMessage].map(String);
    const options = (process.env.BENCH_NODE ?? "").split(" ").filter(Boolean);
    const child = fork(file, all, { execArgv: ["--expose-gc", ...options], env });
    let timer = setTimeout(() => child.kill(), stallMs);
    try {
      const exit = once(child, "exit");
      const figures = await new Promise((resolve) => {
        child.on("message", (message) => {
          if (!("working" in message)) return resolve(message);
          clearTimeout(timer);
          timer = setTimeout(() => child.kill(), stallMs);
        });
        void exit.then(() => resolve(undefined));
      });
      if (figures === undefined) throw new Error(`${program} ${name} ended without figures`);
      await exit;
      return figures;
    } finally {
      clearTimeout(timer);
      child.kill();
    }
  }

  async close() {
    this.sender.kill();
    await rm(this.folder, { recursive: true });
  }
}
