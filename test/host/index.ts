/** Runs all host tests inside a VS Code and writes the outcome to the JSON file that HOST_TEST_RESULTS names. */
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import Mocha from "mocha";

/** Whether an error comes from the tests or from the extension's bundles. */
function isOurs({ stack = "" }: Error): boolean {
  const folders = [__dirname, path.resolve(__dirname, "..", "..", "dist")];
  return folders.some((folder) => stack.includes(folder));
}

/** Called by VS Code, whichever it is; rejects when a test fails. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", reporter: "spec", color: false, timeout: 20_000 });
  for (const file of readdirSync(__dirname, { recursive: true, encoding: "utf8" }).sort()) {
    if (file.endsWith(".test.js")) mocha.addFile(path.join(__dirname, file));
  }
  const failures: { title: string; message: string }[] = [];
  const results = { passed: 0, failed: 0, skipped: 0, failures };
  // The host, where other extensions live too, only logs these. Ours fail the run (reliability L12).
  const fail = (title: string, error: Error) => {
    results.failed += 1;
    failures.push({ title, message: error.stack ?? String(error) });
    console.error(title, error);
  };
  process.on("unhandledRejection", (reason) => {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    if (error.name !== "Canceled" && isOurs(error)) fail("unhandled rejection", error);
  });
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on("pass", () => (results.passed += 1));
    runner.on("pending", () => (results.skipped += 1));
    runner.on("fail", (test, error: Error) => fail(test.fullTitle(), error));
  });
  await new Promise((resolve) => setImmediate(resolve)); // For a rejection of the last moment.
  const file = process.env.HOST_TEST_RESULTS;
  if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  if (results.failed > 0) throw new Error(`${results.failed} host tests failed`);
}
