/** Reads files of formatter tests: our own JSON, lists of examples of other tools, and the codec files of the device repository. */
import { plainValue, type JsonNode } from "../../stack/downlinkFile/downlinkFileJson";
import { readJson, repeatedNames, Weights, type Misplaced } from "./sourceTree";
import {
  maximumCases,
  type TestCase,
  type TestFile,
  type TestFormat,
  type TestKind,
  type TestProblem,
} from "./testCase";
import { readTest } from "./testCaseValues";
import { readYaml } from "./yamlTree";

/** Characters of a file that is read. */
const maximumLength = 1024 * 1024;
/** Characters of one test and of all tests as JSON, with what anchors repeat. */
const maximumTest = 256 * 1024;
const maximumTests = 2 * maximumLength;

/** Never throws: what cannot be used is a problem with its line, and the other tests stay. YAML may take long. */
export function parseTestFile(text: string, format: TestFormat): TestFile {
  const lines = new Lines(text);
  const refuse = (problems: readonly Misplaced[]): TestFile => ({
    cases: [],
    problems: problems.map(({ at, text: what }) => ({ line: lines.at(at), text: what })),
  });
  if (text.length > maximumLength)
    return refuse([{ at: 0, text: `Larger than ${maximumLength / 1024} KiB: not read.` }]);
  try {
    const tree = format === "json" ? readJson(text) : readYaml(text);
    if ("problems" in tree) return refuse(tree.problems);
    const repeated = repeatedNames(tree.root);
    return repeated.length > 0 ? refuse(repeated) : new Reader(lines).read(tree.root);
  } catch {
    return refuse([{ at: 0, text: "Not readable as JSON or YAML." }]);
  }
}

/** Lines of a text by index. */
class Lines {
  private readonly ends: number[] = [];

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.ends.push(at);
  }

  /** Counted from 1. */
  at(index: number): number {
    let [low, high] = [0, this.ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ends[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }
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
  private readonly weights = new Weights();
  private weight = 0;

  constructor(private readonly lines: Lines) {}

  read(root: JsonNode): TestFile {
    if (root.kind === "array") {
      this.readList(root, undefined, undefined);
    } else if (root.kind === "object") {
      const file = fileName(root, "formatter");
      for (const name of ["tests", "examples"])
        this.readList(get(root, name), undefined, file ?? fileName(root, "fileName"));
      for (const { key, kind } of sections) {
        const section = get(root, key);
        if (section?.kind === "object")
          this.readList(get(section, "examples"), kind, fileName(section, "fileName"));
      }
    } else this.complain(root, "The file must be an object with tests in it, or a list of tests.");
    return { cases: this.cases, problems: this.problems };
  }

  private readList(
    list: JsonNode | undefined,
    kind: TestKind | undefined,
    formatter: string | undefined,
  ): void {
    if (list === undefined || (list.kind === "scalar" && list.value === null)) return;
    if (list.kind !== "array") {
      this.complain(list, "Tests must be a list.");
      return;
    }
    for (const item of list.items) {
      if (this.cases.length >= maximumCases) {
        this.complain(item, `Only the first ${maximumCases} tests are read.`);
        return;
      }
      if (!this.isBounded(item)) return;
      this.readCase(item, kind, formatter);
    }
  }

  /** A few aliases of aliases can stand for more than fits into any memory. */
  private isBounded(item: JsonNode): boolean {
    const weight = this.weights.of(item);
    this.weight += weight;
    if (weight <= maximumTest && this.weight <= maximumTests) return true;
    this.complain(
      item,
      "Too large with what it repeats: this test and those behind it are not read.",
    );
    return false;
  }

  private readCase(
    item: JsonNode,
    given: TestKind | undefined,
    formatter: string | undefined,
  ): void {
    const read = readTest(plainValue(item), given);
    if ("problem" in read) {
      if (this.problems.length < maximumProblems) this.complain(item, read.problem);
      return;
    }
    const { name = `test ${this.cases.length + 1}`, ...rest } = read;
    this.cases.push({ ...rest, name, formatter, line: this.lines.at(item.start) });
  }

  private complain(node: JsonNode, text: string): void {
    this.problems.push({ line: this.lines.at(node.start), text });
  }
}

/** A file of two hundred thousand numbers has as many problems. */
const maximumProblems = 100;

function get(node: JsonNode, name: string): JsonNode | undefined {
  return node.kind === "object"
    ? node.members.find((member) => member.name === name)?.value
    : undefined;
}

function fileName(node: JsonNode, key: string): string | undefined {
  const name = get(node, key);
  return name?.kind === "scalar" && typeof name.value === "string" && name.value !== ""
    ? name.value
    : undefined;
}
