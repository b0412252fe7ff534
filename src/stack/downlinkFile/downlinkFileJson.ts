/** Reads JSON as a tree that knows where each part stands in the text, so that a problem can be shown at its place. */
import type { JsonValue } from "../messages";

/** From the first character to after the last, as indexes in the text. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

export type JsonNode = TextSpan &
  (
    | { readonly kind: "object"; readonly members: readonly JsonMember[] }
    | { readonly kind: "array"; readonly items: readonly JsonNode[] }
    | { readonly kind: "scalar"; readonly value: string | number | boolean | null }
  );

export interface JsonMember {
  readonly name: string;
  readonly nameSpan: TextSpan;
  readonly value: JsonNode;
}

/** Undefined when the text is no JSON, or nested too deeply: nothing reasonable is known about its parts then. */
export function readJsonTree(text: string, maximumDepth = 32): JsonNode | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined; // the editor shows where
  }
  return new Reader(text, maximumDepth).value(0);
}

/** The plain value; a field named `__proto__` stays a field. */
export function plainValue(node: JsonNode): JsonValue {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "array":
      return node.items.map(plainValue);
    case "object":
      return Object.fromEntries(node.members.map(({ name, value }) => [name, plainValue(value)]));
  }
}

const token = /[\s,:]*("(?:[^"\\]|\\.)*"|[{}[\]]|[^\s,:{}[\]"]+)/y;

/** The text is known to be JSON, so commas and colons need no look. */
class Reader {
  private at = 0;
  private start = 0;

  constructor(
    private readonly text: string,
    private readonly maximumDepth: number,
  ) {}

  value(depth: number): JsonNode | undefined {
    return this.valueFrom(this.next(), depth);
  }

  private valueFrom(word: string, depth: number): JsonNode | undefined {
    if (depth > this.maximumDepth) return undefined;
    const { start } = this;
    if (word === "{") {
      const members = this.list("}", (name) => this.member(name, depth));
      return members && { kind: "object", start, end: this.at, members };
    }
    if (word === "[") {
      const items = this.list("]", (first) => this.valueFrom(first, depth + 1));
      return items && { kind: "array", start, end: this.at, items };
    }
    const value = JSON.parse(word) as string | number | boolean | null;
    return { kind: "scalar", start, end: this.at, value };
  }

  private member(word: string, depth: number): JsonMember | undefined {
    const nameSpan = { start: this.start, end: this.at };
    const value = this.value(depth + 1);
    return value && { name: String(JSON.parse(word)), nameSpan, value };
  }

  private list<T>(end: string, read: (word: string) => T | undefined): readonly T[] | undefined {
    const found: T[] = [];
    for (let word = this.next(); word !== end; word = this.next()) {
      const each = read(word);
      if (each === undefined) return undefined;
      found.push(each);
    }
    return found;
  }

  private next(): string {
    token.lastIndex = this.at;
    const [, word = ""] = token.exec(this.text) ?? [];
    this.at = token.lastIndex;
    this.start = this.at - word.length;
    return word;
  }
}
