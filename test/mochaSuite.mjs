// Runs the compiled tests of one folder with mocha in a process of its own. Arguments: suite name, milliseconds a test may take.
// Writes artifacts/results/<suite>.json with the counts and <suite>.log with each test as it starts.
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import Mocha from "mocha";

const [name = "", timeout = "2000"] = process.argv.slice(2);
const results = path.join("artifacts", "results");
const folder = path.resolve("out", name);

mkdirSync(results, { recursive: true });
const log = openSync(path.join(results, `${name}.log`), "w");
const mocha = new Mocha({ reporter: "dot", color: false, timeout: Number(timeout) });
for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
  if (file.endsWith(".test.js")) mocha.addFile(path.join(folder, file));
}

// A signal ends the programs that the tests started: their handlers listen for "exit".
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));

// Mocha only passes a rejection on that nobody handles: thrown, it fails the test that runs (reliability L12).
process.on("unhandledRejection", (reason) => {
  throw reason instanceof Error ? reason : new Error(`unhandled rejection: ${String(reason)}`);
});

const counts = { passed: 0, failed: 0, skipped: 0 };
const runner = mocha.run(() => {
  writeFileSync(path.join(results, `${name}.json`), JSON.stringify(counts));
  closeSync(log);
  process.exitCode = counts.failed > 0 ? 1 : 0;
  setTimeout(reportLeak, 5000).unref();
});
runner.on("test", (test) => writeSync(log, `${test.fullTitle()}\n`));
runner.on("pass", () => (counts.passed += 1));
runner.on("fail", () => (counts.failed += 1));
runner.on("pending", () => (counts.skipped += 1));

function reportLeak() {
  console.log(`Still open after the tests: ${process.getActiveResourcesInfo().join(", ")}`);
  process.exit(2);
}
