/** A promise that is refused and that nobody awaits fails the suite, in plain Node and in the host. Source: reliability L12. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const nextTurn = "await new Promise((resolve) => setImmediate(resolve));";
const clean = 'it("is well", async () => { await Promise.reject(1).catch(() => 2); });';
const during = `it("leaves one behind", async () => { void Promise.reject(new Error("planted")); ${nextTurn} });`;
const between = `
  it("starts one", () => { setImmediate(() => void Promise.reject(new Error("planted"))); });
  it("is innocent", async () => { ${nextTurn} ${nextTurn} });`;
const atTheEnd = 'after(() => void Promise.reject(new Error("planted")));it("is well", () => 1);';

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly results: { readonly passed: number; readonly failed: number } | undefined;
}

describe("A rejection that nobody handles", function () {
  this.timeout(30_000);
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "rejections-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function runNode(args: readonly string[], resultsFile: string): Promise<Outcome> {
    const env = {
      ...process.env,
      NODE_PATH: path.resolve("node_modules"),
      HOST_TEST_RESULTS: path.join(folder, resultsFile),
    };
    const { code, output } = await new Promise<Omit<Outcome, "results">>((resolve) => {
      const child = execFile(process.execPath, args, { cwd: folder, env }, (_error, out, err) =>
        resolve({ code: child.exitCode, output: out + err }),
      );
    });
    const text = await readFile(path.join(folder, resultsFile), "utf8").catch(() => undefined);
    const results = text === undefined ? undefined : (JSON.parse(text) as Outcome["results"]);
    return { code, output, results };
  }

  /** Runs one test file with the runner of the unit, broker and UI tests. */
  async function inSuite(text: string): Promise<Outcome> {
    await mkdir(path.join(folder, "out", "planted"), { recursive: true });
    await writeFile(path.join(folder, "out", "planted", "planted.test.js"), text);
    const runner = path.resolve("test", "mochaSuite.mjs");
    return runNode([runner, "planted"], path.join("artifacts", "results", "planted.json"));
  }

  /** Runs one test file with the runner of the host tests, as VS Code calls it. */
  async function inHost(text: string): Promise<Outcome> {
    await copyFile(path.resolve("out", "host", "index.js"), path.join(folder, "index.js"));
    await writeFile(path.join(folder, "planted.test.js"), text);
    const call = 'require("./index.js").run().then(() => process.exit(0), () => process.exit(1))';
    return runNode(["-e", call], "host.json");
  }

  for (const [name, run] of [
    ["suite", inSuite],
    ["host", inHost],
  ] as const) {
    it(`L12 lets a clean ${name} pass`, async () => {
      const { code, results, output } = await run(clean);
      assert.equal(code, 0, output);
      assert.equal(results?.failed, 0);
      assert.equal(results.passed, 1);
    });

    for (const [when, text] of [
      ["during a test", during],
      ["between tests", between],
      ["at the end", atTheEnd],
    ] as const) {
      it(`L12 fails the ${name} when it comes ${when}`, async () => {
        const { code, output } = await run(text);
        assert.notEqual(code, 0, output);
        assert.match(output, /planted/);
      });
    }
  }
});
