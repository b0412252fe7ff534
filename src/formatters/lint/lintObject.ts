/** Reads object literals from tokens: which key has which value. */
import { endOfValue, type Script } from "./lintScript";
import type { Token } from "../script/tokens";

export interface Property {
  readonly key: string;
  /** Index of the key's token. */
  readonly keyAt: number;
  /** Token indexes of the value; `{ data }` has its own name as value. */
  readonly start: number;
  readonly end: number;
}

/** The literal `{…}` at `index`, computed keys and spreads left out; undefined where there is none. */
export function readObject(script: Script, index: number): readonly Property[] | undefined {
  const { tokens, partner } = script;
  const end = partner[index] ?? -1;
  if (tokens[index]?.text !== "{" || end < 0) return undefined;
  const properties: Property[] = [];
  let at = index + 1;
  while (at < end) {
    const token = tokens[at];
    const key = token && keyOf(token);
    const separator = tokens[at + 1]?.text;
    if (key !== undefined && separator === ":") {
      const valueEnd = endOfValue(script, at + 2, end);
      properties.push({ key, keyAt: at, start: at + 2, end: valueEnd });
      at = valueEnd;
    } else if (key !== undefined && (separator === "," || at + 1 === end)) {
      properties.push({ key, keyAt: at, start: at, end: at + 1 });
      at++;
    } else {
      at = Math.max(at + 1, endOfProperty(script, at, end));
      continue;
    }
    at = endOfProperty(script, at, end);
  }
  return properties;
}

/** The elements of the list `[…]` at `index` as token ranges; undefined where there is none. */
export function readList(
  script: Script,
  index: number,
): readonly Pick<Property, "start" | "end">[] | undefined {
  const end = script.partner[index] ?? -1;
  if (script.tokens[index]?.text !== "[" || end < 0) return undefined;
  const elements: Pick<Property, "start" | "end">[] = [];
  for (let at = index + 1; at < end;) {
    const next = endOfProperty(script, at, end);
    const stop = script.tokens[next - 1]?.text === "," ? next - 1 : next;
    if (stop > at) elements.push({ start: at, end: stop });
    at = Math.max(next, at + 1);
  }
  return elements;
}

/** The value when it is a number alone, with or without a sign. */
export function numberIn(script: Script, start: number, end: number): number | undefined {
  const isSigned = script.tokens[start]?.text === "-";
  const digit = script.tokens[isSigned ? start + 1 : start];
  if (digit?.kind !== "number" || end !== start + (isSigned ? 2 : 1)) return undefined;
  const value = Number(digit.text.replaceAll("_", ""));
  return Number.isNaN(value) ? undefined : isSigned ? -value : value;
}

/** The value when it is one token alone. */
export function onlyToken(script: Script, start: number, end: number): Token | undefined {
  return end === start + 1 ? script.tokens[start] : undefined;
}

/** Whether the value is `new Date(…)` and nothing more. */
export function isNewDate({ tokens, partner }: Script, start: number, end: number): boolean {
  if (tokens[start]?.text !== "new" || tokens[start + 1]?.text !== "Date") return false;
  const closing = partner[start + 2] ?? -1;
  return end === start + 2 || (tokens[start + 2]?.text === "(" && closing + 1 === end);
}

function keyOf(token: Token): string | undefined {
  if (token.kind === "string") return token.text.slice(1, -1);
  return token.kind === "name" || token.kind === "number" ? token.text : undefined;
}

/** Behind the next comma at this level. */
function endOfProperty({ tokens, partner }: Script, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (tokens[at]?.text === ",") return at + 1;
    const closing = partner[at] ?? -1;
    if (closing > at) at = closing;
  }
  return end;
}
