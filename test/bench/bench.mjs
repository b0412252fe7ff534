// `npm run bench`: what a message costs, from the socket to the tree, beside what others pay for less.
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";

const folder = await mkdtemp(path.join(tmpdir(), "thethingsstack-bench-"));
await build({
  entryPoints: ["sender", "contenders", "ours"].map((name) => `test/bench/${name}.ts`),
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
console.log(folder);
