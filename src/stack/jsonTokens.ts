/** The tokens of a JSON text that is known to be valid, as they stand there: what a parsed value no longer tells. */

const token = /[ \t\r\n]*([{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}[\],:"]+)/y;

export interface JsonToken {
  /** Exactly as written. */
  readonly written: string;
  /** Index of the character behind it. */
  readonly end: number;
}

/** Brackets, commas, colons, names, texts, numbers and words in their order. */
export function* jsonTokens(text: string): Generator<JsonToken, undefined> {
  let end = 0;
  for (;;) {
    token.lastIndex = end;
    const written = token.exec(text)?.[1];
    if (written === undefined) return;
    end = token.lastIndex;
    yield { written, end };
  }
}

/** The first name that stands twice in one object, its escapes read; undefined when there is none. */
export function firstDuplicateName(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let before = "";
  for (const { written: found } of jsonTokens(text)) {
    if (found === "{") open.push(new Set());
    else if (found === "[") open.push(undefined);
    else if (found === "}" || found === "]") open.pop();
    else if (found === ":") {
      const names = open.at(-1);
      const name = textOf(before);
      if (names?.has(name) === true) return name;
      names?.add(name);
    }
    before = found;
  }
  return undefined;
}

/** What a name or a text says. */
export function textOf(written: string): string {
  return written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
}
