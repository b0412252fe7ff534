// Builds the measured programs as the extension is built, and runs them against a sender in a process of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";

const programs = ["sender", "contenders", "ours"];
const deadlineMs = 120_000;

/** @returns {Promise<string>} the folder of the bundles */
export async function buildPrograms() {
  const folder = await mkdtemp(path.join(tmpdir(), "thethingsstack-bench-"));
  await build({
    entryPoints: programs.map((name) => `test/bench/${name}.ts`),
    ...(process.env.STOCK ? { external: ["mqtt", "mqtt-packet"] } : {}),
    outdir: folder,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "warning",
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
  return folder;
}

/**
 * @typedef {{ devices: number, packets: number }} Size what the sender encodes
 * @typedef {{ count: number, rate: number }} Plan what it sends to the next client
 */

export class Bench {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
    this.sender = fork(path.join(folder, "sender.js"));
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
    const child = fork(file, all, {
      execArgv: ["--expose-gc", ...(process.env.BENCH_NODE?.split(" ") ?? [])],
    });
    const timer = setTimeout(() => child.kill(), deadlineMs);
    try {
      const exit = once(child, "exit").then(() => [undefined]);
      const [figures] = await Promise.race([once(child, "message"), exit]);
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
