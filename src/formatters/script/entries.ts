/** Finds the functions in a formatter's text by which the server enters it, and where they stand. */
import { matchBrackets, tokenize, type Token } from "./tokens";

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
const maximumTokens = 60_000;
const anyEntry = new RegExp(`\\b(?:${entryNames.join("|")})\\b`);

/**
 * The entries that are set at the top level, in the order of the text: functions, assigned names, properties of the
 * global object, parts of an object that is taken apart. Of two with one name the last, which is the one that runs.
 * Never throws, whatever the text.
 */
export function findEntries(source: string): readonly Entry[] {
  if (source.length > maximumLength || !anyEntry.test(source)) return [];
  const tokens = tokenize(source, maximumTokens);
  const found = new Map<EntryName, Entry>();
  for (const { name, index } of entryTokens(tokens, matchBrackets(tokens))) {
    const token = tokens[index];
    if (!token) continue;
    // Of a name in quotes the name.
    const offset = token.kind === "string" ? token.start + 1 : token.start;
    found.delete(name);
    found.set(name, { name, line: lineOf(source, offset), offset });
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

interface NamedToken {
  readonly name: EntryName;
  readonly index: number;
}

/** The tokens that define an entry. */
function entryTokens(tokens: readonly Token[], partner: Int32Array): readonly NamedToken[] {
  const found: NamedToken[] = [];
  const open: number[] = [];
  tokens.forEach((token, index) => {
    const { kind, text } = token;
    const isTemplate = kind === "template";
    if (isTemplate ? text.startsWith("}") : /^[)\]}]$/.test(text)) open.pop();
    const name = kind === "string" ? text.slice(1, -1) : text;
    if ((kind === "name" || kind === "string") && isEntryName(name)) {
      if (isDefinition({ tokens, partner, open, index })) found.push({ name, index });
    }
    if (isTemplate ? text.endsWith("${") : /^[([{]$/.test(text)) open.push(index);
  });
  return found;
}

interface Place {
  readonly tokens: readonly Token[];
  readonly partner: Int32Array;
  /** Indexes of the brackets that are open there. */
  readonly open: readonly number[];
  readonly index: number;
}

function isDefinition(place: Place): boolean {
  const { tokens, open, index } = place;
  const at = (offset: number) => tokens[index + offset]?.text ?? "";
  if (isGlobalProperty(place)) return true;
  if (tokens[index]?.kind === "string") return isDefinedProperty(place);
  if (open.length > 0) return isInPattern(place) || isAssignedProperty(place);
  if (at(-1) === "function" || (at(-1) === "*" && at(-2) === "function")) return true;
  // `var decodeUplink;` is filled by what follows.
  const isDeclared = /^(?:var|let)$/.test(at(-1)) && at(1) !== "of" && at(1) !== "in";
  return isDeclared || (!/^\??\.$/.test(at(-1)) && at(1) === "=");
}

/** `globalThis.decodeUplink = …` anywhere, `this.decodeUplink = …` at the top, and both with the name in quotes. */
function isGlobalProperty({ tokens, partner, open, index }: Place): boolean {
  const at = (offset: number) => tokens[index + offset]?.text ?? "";
  const isQuoted = tokens[index]?.kind === "string";
  if (isQuoted ? at(-1) !== "[" || partner[index - 1] !== index + 1 : at(-1) !== ".") return false;
  if (at(isQuoted ? 2 : 1) !== "=" || at(-3) === ".") return false;
  const depth = open.length - (isQuoted ? 1 : 0);
  return at(-2) === "globalThis" || (at(-2) === "this" && depth === 0);
}

/** `const { decodeUplink } = …`, `[decodeUplink] = …`: a name in what is taken apart at the top level. */
function isInPattern({ tokens, partner, open, index }: Place): boolean {
  const text = (at: number) => tokens[at]?.text ?? "";
  const [first = 0, second = first] = open;
  // `({ decodeUplink } = codec)`
  const outer = text(first) === "(" ? second : first;
  if (!/^[{[]$/.test(text(outer))) return false;
  const isSmooth = open.every((at) => at === first || /^[{[]$/.test(text(at)));
  const isTaken = text((partner[outer] ?? -1) + 1) === "=" && (partner[outer] ?? -1) > index;
  const isDeclared = /^(?:const|let|var|,)$/.test(text(outer - 1)) || text(first) === "(";
  const isTarget = /^[{[,:]$/.test(text(index - 1)) && /^[,}\]=]$/.test(text(index + 1));
  return isSmooth && isTaken && isTarget && (isDeclared || text(outer) === "[");
}

/** `Object.assign(globalThis, { decodeUplink, … })` */
function isAssignedProperty({ tokens, open, index }: Place): boolean {
  const text = (at: number) => tokens[at]?.text ?? "";
  const [call = 0, object = 0] = open;
  const isAssign =
    open.length === 2 &&
    /^(?:assign|defineProperties)$/.test(text(call - 1)) &&
    /^(?:globalThis|this)$/.test(text(call + 1)) &&
    text(object) === "{";
  return isAssign && /^[{,*]$|^async$/.test(text(index - 1)) && /^[,}:(]$/.test(text(index + 1));
}

/** `Object.defineProperty(globalThis, "decodeUplink", …)` */
function isDefinedProperty({ tokens, open, index }: Place): boolean {
  const text = (at: number) => tokens[at]?.text ?? "";
  const [call = 0] = open;
  return (
    open.length === 1 &&
    text(call - 1) === "defineProperty" &&
    /^(?:globalThis|this)$/.test(text(call + 1)) &&
    index === call + 3
  );
}

function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf("\n"); at >= 0 && at < offset; at = source.indexOf("\n", at + 1))
    line++;
  return line;
}
