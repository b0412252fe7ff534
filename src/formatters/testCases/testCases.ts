/** Reads files of formatter tests: our own JSON, and the codec files of the device repository. Loaded on first use, for it brings the YAML reader. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";
import type { JsonValue } from "../formatter";
import {
  maximumCases,
  type TestCase,
  type TestFile,
  type TestKind,
  type TestProblem,
} from "./testCase";
import { readTest } from "./testCaseValues";

/** Characters of a file that is read. */
const maximumLength = 1024 * 1024;
const maximumDepth = 64;

/** Never throws: what cannot be used is a problem with its line, and the other tests stay. */
export function parseTestFile(text: string): TestFile {
  if (text.length > maximumLength) {
    return empty([{ line: 1, text: `Larger than ${maximumLength / 1024} KiB: not read.` }]);
  }
  if (isDeep(text)) return empty([{ line: 1, text: "Nested too deep: not read." }]);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: "silent",
    });
    return new Reader(document, lines).read();
  } catch {
    return empty([{ line: 1, text: "Not readable as JSON or YAML." }]);
  }
}

function empty(problems: readonly TestProblem[]): TestFile {
  return { cases: [], problems };
}

/** The reader of YAML descends with the nesting: brackets and indents beyond any sensible file are refused before. */
function isDeep(text: string): boolean {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === "[" || character === "{") deepest = Math.max(deepest, ++depth);
    else if (character === "]" || character === "}") depth = Math.max(0, depth - 1);
  }
  return (
    deepest > maximumDepth || /^(?:[ \t]*[-?:][ \t]+){64}/m.test(text) || /^ {256}\s*\S/m.test(text)
  );
}

/** Where a list of examples stands, and what each example in it is. */
interface Section {
  readonly key: string;
  readonly kind: TestKind;
}

const sections: readonly Section[] = [
  { key: "uplinkDecoder", kind: "decodeUplink" },
  { key: "downlinkEncoder", kind: "encodeDownlink" },
  { key: "downlinkDecoder", kind: "decodeDownlink" },
];

class Reader {
  private readonly cases: TestCase[] = [];
  private readonly problems: TestProblem[] = [];

  constructor(
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
  ) {}

  read(): TestFile {
    for (const { pos, message } of this.document.errors.slice(0, 20)) {
      this.problems.push({ line: this.lines.linePos(pos[0]).line, text: firstLine(message) });
    }
    if (this.problems.length > 0) return empty(this.problems);
    const root = this.document.contents;
    if (!isMap(root)) {
      this.complain(root, "The file must be an object with tests in it.");
      return empty(this.problems);
    }
    const file = this.fileName(root, "formatter");
    this.readList(root.get("tests", true), undefined, file);
    this.readList(root.get("examples", true), undefined, file ?? this.fileName(root, "fileName"));
    for (const { key, kind } of sections) {
      const section = root.get(key, true);
      if (!isMap(section)) continue;
      this.readList(section.get("examples", true), kind, this.fileName(section, "fileName"));
    }
    return { cases: this.cases, problems: this.problems };
  }

  private readList(list: unknown, kind: TestKind | undefined, formatter: string | undefined): void {
    if (list === undefined || list === null) return;
    if (!isSeq(list)) {
      this.complain(list, "Tests must be a list.");
      return;
    }
    for (const item of list.items) {
      if (this.cases.length >= maximumCases) {
        this.complain(item, `Only the first ${maximumCases} tests are read.`);
        return;
      }
      this.readCase(item, kind, formatter);
    }
  }

  private readCase(
    item: unknown,
    given: TestKind | undefined,
    formatter: string | undefined,
  ): void {
    const read = readTest(this.plain(item), given);
    if ("problem" in read) {
      this.complain(item, read.problem);
      return;
    }
    const { name = `test ${this.cases.length + 1}`, ...rest } = read;
    this.cases.push({ ...rest, name, formatter, line: this.lineOf(item) });
  }

  /** A test as plain JSON, own fields only. Anchors count, but not without end. */
  private plain(item: unknown): JsonValue | undefined {
    if (!isMap(item)) return undefined;
    const value: unknown = item.toJS(this.document, { maxAliasCount: 100 });
    return JSON.parse(JSON.stringify(value, nonFinite)) as JsonValue;
  }

  private fileName(map: { get(key: string): unknown }, key: string): string | undefined {
    const name = map.get(key);
    return typeof name === "string" && name !== "" ? name : undefined;
  }

  private lineOf(node: unknown): number {
    const range = isMap(node) || isSeq(node) || isScalar(node) ? (node as Node).range : undefined;
    return this.lines.linePos(range?.[0] ?? 0).line || 1;
  }

  private complain(node: unknown, text: string): void {
    this.problems.push({ line: this.lineOf(node), text });
  }
}

/** JSON has no NaN; YAML does, and it equals no decoded value. */
function nonFinite(_name: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
