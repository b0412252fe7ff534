/** Reads YAML into a tree of JSON. Aliases share what they name, so nothing grows here; how much there may be is capped. */
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Pair, type YAMLMap } from "yaml";
import type { JsonMember, JsonNode, TextSpan } from "../../stack/downlinkFile/downlinkFileJson";
import { maximumDepth, tooDeep, type Misplaced, type SourceTree } from "./sourceTree";

/** Of one file: anchors with aliases, and keys, items and values with what merges bring. */
const maximumReferences = 2_000;
const maximumNodes = 200_000;
const maximumProblems = 20;
/** Blanks before a line's first character. */
const widest = 512;

/** Takes as long as the text likes, and may throw: to be called in a thread that can be ended. */
export function readYaml(text: string): SourceTree {
  if (isDeep(text)) return { problems: [{ at: 0, text: tooDeep }] };
  const document = parseDocument(text, {
    // The library compares each key with all others, and looks for each anchor in the whole document.
    ...{ uniqueKeys: false, merge: false, schema: "core", resolveKnownTags: false },
    ...{ prettyErrors: false, logLevel: "silent" },
  });
  const problems = document.errors.slice(0, maximumProblems).map(({ pos, message }) => ({
    at: pos[0],
    text: message.split("\n", 1)[0] ?? "",
  }));
  if (problems.length > 0) return { problems };
  try {
    return { root: new Converter().node(document.contents, 0) };
  } catch (error) {
    if (error instanceof Unusable) return { problems: [error.problem] };
    throw error;
  }
}

/** Thrown inside, to leave a document at its first fault. */
class Unusable extends Error {
  constructor(readonly problem: Misplaced) {
    super(problem.text);
  }
}

class Converter {
  private readonly anchors = new Map<string, JsonNode>();
  private references = 0;
  private nodes = 0;

  node(node: unknown, depth: number): JsonNode {
    const span = spanOf(node);
    if (depth > maximumDepth) throw new Unusable({ at: span.start, text: tooDeep });
    this.count(span, 1);
    if (isAlias(node)) return this.named(node.source, span);
    const converted = this.content(node, span, depth);
    const { anchor } = (node ?? {}) as { readonly anchor?: unknown };
    if (typeof anchor === "string") {
      this.refer(span);
      this.anchors.set(anchor, converted);
    }
    return converted;
  }

  private content(node: unknown, span: TextSpan, depth: number): JsonNode {
    if (isMap(node)) return { ...span, kind: "object", members: this.members(node, depth) };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.node(item, depth + 1));
      return { ...span, kind: "array", items };
    }
    return { ...span, kind: "scalar", value: isScalar(node) ? plain(node.value) : null };
  }

  private members(map: YAMLMap, depth: number): readonly JsonMember[] {
    const own: JsonMember[] = [];
    const merged: JsonMember[] = [];
    for (const { key, value } of map.items as readonly Pair[]) {
      const nameSpan = spanOf(key);
      const name = this.name(key, nameSpan);
      const content = this.node(value, depth + 1);
      if (name === "<<") merged.push(...this.merge(content, nameSpan));
      else own.push({ name, nameSpan, value: content });
    }
    if (merged.length === 0) return own;
    // What stands there itself counts, then the first that is merged.
    const names = new Set(own.map(({ name }) => name));
    const added = merged.filter(({ name }) => !names.has(name) && names.add(name));
    return [...own, ...added];
  }

  private merge(node: JsonNode, span: TextSpan): readonly JsonMember[] {
    const sources = node.kind === "array" ? node.items : [node];
    return sources.flatMap((source) => {
      if (source.kind !== "object")
        throw new Unusable({ at: span.start, text: "Only objects can be merged with <<." });
      this.refer(span);
      this.count(span, source.members.length);
      return source.members;
    });
  }

  private name(key: unknown, span: TextSpan): string {
    const node = isAlias(key) ? this.named(key.source, span) : undefined;
    if (node?.kind === "scalar") return String(node.value ?? "");
    if (isScalar(key)) return String(plain(key.value) ?? "");
    if (key === null) return "";
    throw new Unusable({ at: span.start, text: "A name must be a text." });
  }

  private named(name: string, span: TextSpan): JsonNode {
    this.refer(span);
    const node = this.anchors.get(name);
    if (node) return node;
    throw new Unusable({ at: span.start, text: "This alias names nothing that stands before it." });
  }

  private refer({ start }: TextSpan): void {
    if (++this.references <= maximumReferences) return;
    const text = `More than ${maximumReferences} anchors, aliases and merges: not read.`;
    throw new Unusable({ at: start, text });
  }

  private count({ start }: TextSpan, nodes: number): void {
    this.nodes += nodes;
    if (this.nodes <= maximumNodes) return;
    throw new Unusable({ at: start, text: `More than ${maximumNodes} values: not read.` });
  }
}

function spanOf(node: unknown): TextSpan {
  const { range } = (node ?? {}) as { readonly range?: readonly number[] | null };
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

/** JSON has no NaN and no numbers of any length; YAML does, and they equal no decoded value. */
function plain(value: unknown): string | number | boolean | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  return typeof value === "bigint" ? String(value) : null;
}

/**
 * The library descends with the nesting: brackets, indents and marks of lists beyond any sensible file are refused
 * before, in one pass.
 */
function isDeep(text: string): boolean {
  let open = 0;
  let marks = 0;
  let spaces = 0;
  let isAtStart = true;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\n") {
      marks = spaces = 0;
      isAtStart = true;
      continue;
    }
    const isBlank = character === " " || character === "\t" || character === "\r";
    if (isAtStart && isBlank) spaces++;
    else if (isAtStart && isMark(text, at)) marks++;
    else isAtStart = false;
    if (character === "[" || character === "{") open++;
    else if (character === "]" || character === "}") open = Math.max(0, open - 1);
    // Blank lines may be as long as they like.
    if (open > maximumDepth || marks > maximumDepth || (!isAtStart && spaces > widest)) return true;
  }
  return false;
}

/** Of a list, a name or a value. */
function isMark(text: string, at: number): boolean {
  return /[-?:]/.test(text.charAt(at)) && /^\s?$/.test(text.charAt(at + 1));
}
