/** What the readers of JSON and YAML make of a file of tests: one tree for both, bounded, with the place of each part. */
import { jsonErrorPlace } from "../../stack/jsonErrorPlace";
import { readJsonTree, type JsonNode } from "../../stack/downlinkFile/downlinkFileJson";

export type SourceTree = { readonly root: JsonNode } | { readonly problems: readonly Misplaced[] };

/** Something that is wrong at an index of the text. */
export interface Misplaced {
  readonly at: number;
  readonly text: string;
}

export const maximumDepth = 64;
export const tooDeep = "Nested too deep: not read.";
const maximumProblems = 20;

export function readJson(text: string): SourceTree {
  try {
    JSON.parse(text);
  } catch {
    const at = jsonErrorPlace(text);
    return { problems: [{ at, text: at >= text.length ? "It ends too early." : "Not JSON." }] };
  }
  const root = readJsonTree(text, maximumDepth);
  return root ? { root } : { problems: [{ at: 0, text: tooDeep }] };
}

/** Names that stand twice in one object, each at its place. Looks at what anchors repeat only once. */
export function repeatedNames(root: JsonNode): readonly Misplaced[] {
  const found: Misplaced[] = [];
  const seen = new Set<JsonNode>();
  const visit = (node: JsonNode) => {
    if (node.kind === "scalar" || seen.has(node) || found.length >= maximumProblems) return;
    seen.add(node);
    if (node.kind === "array") {
      node.items.forEach(visit);
      return;
    }
    const names = new Set<string>();
    for (const { name, nameSpan, value } of node.members) {
      if (names.has(name) && found.length < maximumProblems)
        found.push({ at: nameSpan.start, text: "This name is there twice." });
      names.add(name);
      visit(value);
    }
  };
  visit(root);
  return found;
}

/** Characters of a node as JSON, with everything that anchors repeat; known for each node once. */
export class Weights {
  private readonly known = new Map<JsonNode, number>();

  of(node: JsonNode): number {
    const known = this.known.get(node);
    if (known !== undefined) return known;
    const weight = this.weigh(node);
    this.known.set(node, weight);
    return weight;
  }

  private weigh(node: JsonNode): number {
    switch (node.kind) {
      case "scalar":
        return typeof node.value === "string" ? node.value.length + 2 : 8;
      case "array":
        return node.items.reduce((sum, item) => sum + this.of(item) + 1, 2);
      case "object":
        return node.members.reduce((sum, { name, value }) => {
          return sum + name.length + 4 + this.of(value);
        }, 2);
    }
  }
}
