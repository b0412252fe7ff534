/** What a file of the workspace can cost: hostile tests, formatters and special files end with words, and the window stays free. Source: reliability R17. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import type * as vscode from "vscode";
import { createFormatter } from "../../src/formatters/createFormatter";
import { payloadAt } from "../../src/formatters/bytes/byteReadingsPlace";
import { lintText, readTestFile } from "../../src/formatters/reader/reader";
import { TextReader, type ReaderThread } from "../../src/formatters/reader/textReader";
import type { ReadReport } from "../../src/formatters/reader/readerProtocol";
import type { ThreadEvents } from "../../src/formatters/sandbox/sandboxThread";
import { findEntries } from "../../src/formatters/script/entries";
import { checkDownlinkFile } from "../../src/stack/downlinkFile/downlinkFileCheck";
import type * as Files from "../../src/storage/fileText";
import { installFakeVscode } from "../support/fakeVscode";
import { ManualClock } from "../support/manualClock";

const size = 1_000_000;
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index))
    .join("\n")
    .slice(0, size);
const example = "{ type: uplink, input: { bytes: [1], x: *z }, output: { data: {} } }";

/** What is done with a file, and what is said of it. */
const hostileYaml: readonly (readonly [name: string, text: string, said: RegExp])[] = [
  ["anchors", lines(40_000, (at) => `k${at}: &a${at} 1`), /anchors, aliases and merges/],
  ["aliases", `a: &a 1\n${lines(50_000, (at) => `k${at}: *a`)}`, /anchors, aliases and merges/],
  [
    "merges",
    `b: &b\n${lines(500, (at) => `  x${at}: 1`)}\nc:\n${lines(1_900, () => "  - { <<: *b }")}`,
    /More than 200000 values/,
  ],
  [
    "merges of merges",
    `a0: &a0 {x: 1}\n${lines(900, (at) => `a${at + 1}: &a${at + 1} { <<: *a${at}, k${at}: 1 }`)}`,
    /More than 200000 values/,
  ],
  [
    "doubling",
    `a0: &a0 [1]\n${lines(60, (at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`)}\nz: &z [*a60]\ntests: [${example}]`,
    /Too large with what it repeats/,
  ],
  ["an alias in itself", "a: &a [*a]\ntests: [*a]", /names nothing/],
  ["values", `[${"a,".repeat(300_000)}]`, /More than 200000 values|too long/],
  ["repeated keys", lines(20_000, (at) => `k${at % 15_000}: 1`), /there twice/],
  ["marks with gaps", `${`-${" ".repeat(50)}`.repeat(80)}x`, /Nested too deep/],
  ["nested brackets", "[".repeat(500_000), /Nested too deep/],
  ["a wide indent", lines(900, (at) => `${" ".repeat(at)}a:`), /Nested too deep/],
  ["lines of blanks", `${" ".repeat(300)}\n`.repeat(3_000), /must be an object/],
  ["quotes", '"'.repeat(900_000), /./],
  ["too many characters", "x".repeat(2_000_000), /Larger than 1024 KiB/],
];

describe("Hostile files of the workspace", function () {
  this.timeout(120_000);

  it("R17 tests in YAML are read beside the window's thread, and each ends with words", async () => {
    await readTestFile("tests: []", "yaml"); // the thread starts
    const before = performance.eventLoopUtilization();
    const start = performance.now();
    for (const [name, text, said] of hostileYaml) {
      const { cases, problems } = await readTestFile(text, "yaml");
      assert.equal(cases.length, 0, name);
      assert.match(problems[0]?.text ?? "", said, name);
    }
    const { active } = performance.eventLoopUtilization(before);
    const share = active / (performance.now() - start);
    assert.ok(share < 0.1, `the window's thread was held for ${(share * 100).toFixed(1)} %`);
  });

  it("R17 tests in JSON are read as JSON", async () => {
    for (const [text, line, said] of [
      ['{ "tests": [\n  { "a": &a 1 } ] }', 2, /Not JSON/],
      ["[".repeat(500_000), 1, /too early/],
      [`${"[".repeat(5_000)}${"]".repeat(5_000)}`, 1, /Nested too deep/],
      ['{ "tests": [],\n "tests": [] }', 2, /there twice/],
      [`{ "tests": [${"1,".repeat(400_000)}1] }`, 1, /must be an object/],
    ] as const) {
      const { cases, problems } = await readTestFile(text, "json");
      assert.equal(cases.length, 0);
      assert.equal(problems[0]?.line, line);
      assert.match(problems[0].text, said);
    }
  });

  it("R17 a text that takes too long ends with its thread, and those behind it are read", async () => {
    const clock = new ManualClock();
    const threads: ThreadEvents<ReadReport>[] = [];
    const events = () => {
      const latest = threads.at(-1);
      assert.ok(latest);
      return latest;
    };
    const log: string[] = [];
    const start = (given: ThreadEvents<ReadReport>): ReaderThread => {
      threads.push(given);
      log.push("start");
      return {
        send: (request) => log.push(request.text),
        hold: () => undefined,
        end: () => log.push("end"),
      };
    };
    const reader = new TextReader(clock, start);
    const slow = reader.read({ kind: "tests", text: "slow", format: "yaml" });
    const next = reader.read({ kind: "tests", text: "next", format: "yaml" });
    events().onReport({ kind: "ready" });
    clock.advance(3_000);
    assert.equal(await slow, undefined);
    events().onReport({ kind: "ready" });
    events().onReport({ kind: "tests", file: { cases: [], problems: [] } });
    assert.equal((await next)?.kind, "tests");
    // One that dies of its memory is replaced as well.
    const large = reader.read({ kind: "lint", text: "large", profile: "2025" });
    events().onGone();
    assert.equal(await large, undefined);
    assert.deepEqual(log, ["start", "slow", "end", "start", "next", "large", "end"]);
  });

  it("R17 formatters are looked at beside the window's thread", async () => {
    await lintText("", "2025");
    const before = performance.eventLoopUtilization();
    const start = performance.now();
    for (const unit of ["\ud800", "{data:{", "[/"]) {
      const text = `function decodeUplink(input){${unit.repeat(250_000 / unit.length)}`;
      await lintText(text, "2025");
      const formatter = createFormatter(text, { profile: "3.32" });
      const { error } = await formatter.decodeUplink({ bytes: [1], fPort: 1 });
      assert.ok(error, unit);
      formatter.dispose();
    }
    const { active } = performance.eventLoopUtilization(before);
    const share = active / (performance.now() - start);
    assert.ok(share < 0.15, `the window's thread was held for ${(share * 100).toFixed(1)} %`);
  });

  it("R17 a result of many megabytes stays in the sandbox's thread", async () => {
    const script = "function decodeUplink() { return {data: {a: 'x'.repeat(4000000)}} }";
    const formatter = createFormatter(script);
    const { error } = await formatter.decodeUplink({ bytes: [1], fPort: 1 });
    assert.equal(error?.code, "TOO_LARGE");
    formatter.dispose();
  });

  it("R17 special files are not read, whatever their size says", async () => {
    installFakeVscode();
    const { readFileText }: typeof Files = await import("../../src/storage/fileText");
    const folder = await mkdtemp(path.join(tmpdir(), "files-"));
    const file = (name: string) => path.join(folder, name);
    const read = (name: string) => {
      const uri: unknown = { scheme: "file", fsPath: file(name) };
      return readFileText(uri as vscode.Uri);
    };
    try {
      await writeFile(file("a.js"), "ä");
      await writeFile(file("large.js"), "x".repeat(1024 * 1024 + 1));
      execFileSync("mkfifo", [file("pipe.js")]);
      await symlink("pipe.js", file("link.js"));
      await symlink("a.js", file("good.js"));
      await symlink("/dev/zero", file("endless.js"));
      // An ordinary file of no bytes by its size, and of megabytes when it is read.
      await symlink("/proc/kallsyms", file("growing.js"));
      assert.deepEqual(await read("a.js"), { text: "ä" });
      assert.deepEqual(await read("good.js"), { text: "ä" });
      for (const name of ["pipe.js", "link.js", "endless.js", "."]) {
        assert.deepEqual(await read(name), { problem: "It is no ordinary file: not read." }, name);
      }
      for (const name of ["large.js", "growing.js"]) {
        assert.deepEqual(await read(name), { problem: "Larger than 1024 KiB: not read." }, name);
      }
      assert.deepEqual(await read("none.js"), { problem: "It cannot be read." });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("R17 what is typed, pasted or under the mouse takes time in proportion to its length", () => {
    const works: Readonly<Record<string, (text: string) => unknown>> = {
      entries: findEntries,
      downlinkFile: checkDownlinkFile,
      hover: (text) => payloadAt(`12:00:00  UP ${text}`, 9_000, "events"),
      hoverQuoted: (text) => payloadAt(text, 9_000, "quoted"),
    };
    const units = [
      " ",
      "\t",
      '"',
      "'",
      "`",
      "[/",
      "/[",
      "${",
      "AB ",
      " p1 ",
      "- ",
      ": ",
      "\\",
      "=",
    ];
    for (const [name, work] of Object.entries(works)) {
      for (const unit of units) {
        const best = (length: number) => {
          const text = unit.repeat(length / unit.length);
          const times = Array.from({ length: 5 }, () => {
            const start = performance.now();
            work(text);
            return performance.now() - start;
          });
          return Math.min(...times);
        };
        const [short, long] = [best(2_000), best(16_000)];
        // Eight times the length: squared it would be 64 times the time.
        assert.ok(long < 30 * Math.max(short, 0.2), `${name} ${unit}: ${short} ms, ${long} ms`);
      }
    }
  });
});
