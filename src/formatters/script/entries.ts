/** Finds the functions in a formatter's text by which the server enters it, and where they stand. */

/** Names that the server looks up in the script's scope. Source: formatters research §1.2. */
export const entryNames = [
  "decodeUplink",
  "normalizeUplink",
  "encodeDownlink",
  "decodeDownlink",
  "Decoder",
  "Encoder",
] as const;
export type EntryName = (typeof entryNames)[number];

export interface Entry {
  readonly name: EntryName;
  /** Counted from 1. */
  readonly line: number;
  /** Of the name, in UTF-16 units from the start of the text. */
  readonly offset: number;
}

/** Characters of a text that is looked through, six times what the server takes, and words and signs of it. */
const maximumLength = 256 * 1024;
const maximumTokens = 50_000;
const anyEntry = new RegExp(`\\b(?:${entryNames.join("|")})\\b`);

/**
 * The entries at the top level, in the order of the text: `function decodeUplink`, `const decodeUplink = …` and
 * `decodeUplink = …`. Of two with one name the last, which is the one that runs. Never throws, whatever the text.
 */
export function findEntries(source: string): readonly Entry[] {
  if (source.length > maximumLength || !anyEntry.test(source)) return [];
  const found = new Map<EntryName, Entry>();
  let depth = 0;
  let before = "";
  let left = maximumTokens;
  for (const token of tokens(source)) {
    if (left-- === 0) break;
    const { text, offset } = token;
    if (text === "{" || text === "(" || text === "[") depth++;
    else if (text === "}" || text === ")" || text === "]") depth--;
    else if (depth === 0 && isEntryName(text) && isDefinition(source, before, offset, text)) {
      found.delete(text);
      found.set(text, { name: text, line: lineOf(source, offset), offset });
    }
    before = before === "function" && text === "*" ? before : text;
  }
  return [...found.values()];
}

/** The one that decodes uplinks, or else the first. */
export function decodingEntry(entries: readonly Entry[]): Entry | undefined {
  const named = (name: EntryName) => entries.find((each) => each.name === name);
  return named("decodeUplink") ?? named("Decoder") ?? entries[0];
}

export function isEntryName(text: string): text is EntryName {
  return (entryNames as readonly string[]).includes(text);
}

function isDefinition(source: string, before: string, offset: number, name: string): boolean {
  if (before === "function") return true;
  return before !== "." && isAssigned.test(source.slice(offset + name.length, offset + 200));
}

const isAssigned = /^\s*=(?![=>])/;

function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf("\n"); at >= 0 && at < offset; at = source.indexOf("\n", at + 1))
    line++;
  return line;
}

interface Token {
  readonly text: string;
  readonly offset: number;
}

/** White space, comments, strings, words, numbers, and single signs; quotes as \x22, \x27 and \x60. */
const pattern =
  /\s+|\/\/.*|\/\*[^]*?(?:\*\/|$)|\x22(?:\\[^]|[^\x22\\\n])*\x22?|\x27(?:\\[^]|[^\x27\\\n])*\x27?|[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*|[^]/uy;
const regularExpression = /\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n]){0,500}\]|[^/\\[\n]){1,500}\/\w*/y;
const nothing = /^(?:\s|\/[/*])/;
/** After these a slash divides; after anything else it opens a regular expression. */
const valueEnd = /^(?:[\p{ID_Start}$_\d]|[)\]}\x22\x27\x60])/u;
const wordBeforeValue = /^(?:return|typeof|case|in|of|delete|void|throw|new|else|do|instanceof)$/;

/** Words and single signs; a literal comes as one token, and what a template holds between `${` and `}` as a block. */
function* tokens(source: string): Generator<Token> {
  /** For each template that is interrupted: how many braces stood open before it. */
  const interrupted: number[] = [];
  let braces = 0;
  let before = "";
  let offset = 0;
  while (offset < source.length) {
    const start = offset;
    const isResumed = source[offset] === "}" && interrupted.at(-1) === braces;
    if (isResumed) {
      interrupted.pop();
      yield { text: "}", offset };
    }
    if (isResumed || source[offset] === "`") {
      offset = endOfTemplate(source, offset + 1);
      before = "`";
      if (!source.startsWith("${", offset - 2) || offset - 2 <= start) continue;
      interrupted.push(braces);
      before = "{";
      yield { text: "{", offset: offset - 1 };
      continue;
    }
    offset = endOfToken(source, start, before);
    const text = source.slice(start, offset);
    if (nothing.test(text)) continue;
    if (text === "{") braces++;
    if (text === "}") braces--;
    before = text;
    yield { text, offset: start };
  }
}

function endOfToken(source: string, offset: number, before: string): number {
  const isDivision = valueEnd.test(before) && !wordBeforeValue.test(before);
  for (const expression of isDivision ? [pattern] : [regularExpression, pattern]) {
    expression.lastIndex = offset;
    if (expression.test(source)) return expression.lastIndex;
  }
  return offset + 1;
}

/** Behind the closing sign, or behind the `${` that interrupts the template. */
function endOfTemplate(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "`") return at + 1;
    else if (source.startsWith("${", at)) return at + 2;
  }
  return source.length;
}
