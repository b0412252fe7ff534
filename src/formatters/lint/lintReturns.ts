/** Finds what an entry function returns, as far as the text alone tells it. */
import { endOfValue, type EntryFunction, type Script } from "./lintScript";
import { readObject, type Property } from "./lintObject";

export interface ReturnedValue {
  /** Token range of the value; empty for a bare `return`. */
  readonly start: number;
  readonly end: number;
  /** Index of the token to point at. */
  readonly at: number;
  /** The object's fields, where it is a literal or a variable that is filled in the function. */
  readonly properties: readonly Property[];
}

/** Names of returned variables that are followed; a function returns few. */
const maximumNames = 8;
const maximumReturns = 200;
const maximumFields = 200;

export function returnedValues(script: Script, entry: EntryFunction): readonly ReturnedValue[] {
  const { tokens } = script;
  if (entry.isExpression) {
    const at = entry.bodyStart;
    const isGroup = tokens[at]?.text === "(" && script.partner[at] === entry.bodyEnd - 1;
    const range = isGroup
      ? { start: at + 1, end: entry.bodyEnd - 1 }
      : { start: at, end: entry.bodyEnd };
    return [{ ...range, at, properties: readObject(script, range.start) ?? [] }];
  }
  const byName = new Map<string, readonly Property[]>();
  return ownReturns(script, entry).map((at) => {
    const next = tokens[at + 1];
    const isBare = next === undefined || next.isAfterLineEnd;
    const start = at + 1;
    const end = isBare ? start : endOfValue(script, start, entry.bodyEnd);
    const first = tokens[start];
    let properties = readObject(script, start);
    if (!properties && first?.kind === "name" && end === start + 1) {
      properties = byName.get(first.text);
      if (!properties && byName.size < maximumNames) {
        properties = fieldsOf(script, entry, first.text);
        byName.set(first.text, properties);
      }
    }
    return { start, end, at: end > start ? start : at, properties: properties ?? [] };
  });
}

/** Indexes of `return` in the function itself, not in functions within it. */
function ownReturns({ tokens, partner }: Script, entry: EntryFunction): readonly number[] {
  const found: number[] = [];
  for (let at = entry.bodyStart; at < entry.bodyEnd; at++) {
    const token = tokens[at];
    if (token?.text === "{" && opensFunction({ tokens, partner }, at))
      at = Math.max(at, partner[at] ?? 0);
    else if (token?.text === "return" && tokens[at - 1]?.text !== ".") found.push(at);
    if (found.length === maximumReturns) break;
  }
  return found;
}

const control = /^(?:if|while|for|with|switch|catch)$/;

/** `=> {`, and `…) {` unless the brackets are those of a condition: functions and methods. */
function opensFunction(
  { tokens, partner }: Pick<Script, "tokens" | "partner">,
  brace: number,
): boolean {
  const before = tokens[brace - 1]?.text;
  if (before === "=>") return true;
  if (before !== ")") return false;
  const opening = partner[brace - 1] ?? -1;
  return !control.test(tokens[opening - 1]?.text ?? "");
}

/** `name = { data: 1 }` and `name.data = 1` anywhere in the function. */
function fieldsOf(script: Script, entry: EntryFunction, name: string): readonly Property[] {
  const { tokens } = script;
  const fields: Property[] = [];
  for (let at = entry.bodyStart; at < entry.bodyEnd && fields.length < maximumFields; at++) {
    if (tokens[at]?.text !== name || /^\??\.$/.test(tokens[at - 1]?.text ?? "")) continue;
    const next = tokens[at + 1]?.text;
    if (next === "=") fields.push(...(readObject(script, at + 2) ?? []));
    const key = next === "." ? tokens[at + 2] : undefined;
    if (key && tokens[at + 3]?.text === "=") {
      const end = endOfValue(script, at + 4, entry.bodyEnd);
      fields.push({ key: key.text, keyAt: at + 2, start: at + 4, end });
    }
  }
  return fields;
}
