/**
 * `localeCompare` by the root collation, as on the server: signs, digits, letters; then accents; then case. Exact for
 * Latin-1 and close for the letters of other Latin scripts; everything else goes by its code.
 */
import { apply, createObject, makeList, method, textOf } from "./captured";
import { replace } from "./replace";

const order =
  "\t\n\v\f\r\x85\u2028\u2029 _-,;:!\xa1?\xbf.\xb7'\"\xab\xbb()[]{}\xa7\xb6@*/\\&#%`\xb4^\xaf\xa8\xb8\xb0\xa9\xae+\xb1\xf7\xd7<=>\xac|\xa6~\xa4\xa2$\xa3\xa5" +
  "0123456789abcdefghijklmnopqrstuvwxyz\xfe";
const marks =
  "\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0328\u0327\u0304\u0338";
/** What has no decomposition of its own; a mark at the end sets it behind the plain letters. */
const expansions =
  "\xe6ae\u0338 \xc6AE\u0338 \xdfss\u0338 \xf8o\u0338 \xd8O\u0338 \xf0d\u0338 \xd0D\u0338 \u0111d\u0338 \u0110D\u0338 \u0142l\u0338 \u0141L\u0338 \u0153oe\u0338 \u0152OE\u0338 " +
  "\xaaa\u0338 \xbao\u0338 \xb91\u0338 \xb22\u0338 \xb33\u0338";

const weights = createObject(null) as Record<string, number>;
const markWeights = createObject(null) as Record<string, number>;
const expanded = createObject(null) as Record<string, string>;
const unknownWeight = 1000;
const normalize = method(String.prototype, "normalize");
const lower = method(String.prototype, "toLowerCase");
const codeAt = method(String.prototype, "charCodeAt");

export function useServerCollation(): void {
  for (let index = 0; index < order.length; index++) weights[order[index] ?? ""] = index + 1;
  weights["\xa0"] = weights[" "] ?? 0;
  for (let index = 0; index < marks.length; index++) markWeights[marks[index] ?? ""] = index + 1;
  for (const each of expansions.split(" ")) expanded[each[0] ?? ""] = each.slice(1);
  const holder = {
    localeCompare(this: unknown, that: unknown) {
      if (this === undefined || this === null) return apply(native, this, [that]) as unknown;
      return compareTexts(textOf(this), textOf(that));
    },
  };
  const native = Reflect.get(String.prototype, "localeCompare") as () => number;
  replace(String.prototype, "localeCompare", holder.localeCompare);
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  const [x, y] = [keysOf(left), keysOf(right)];
  for (let level = 0; level < 3; level++) {
    const sign = compareLists(x[level] ?? [], y[level] ?? []);
    if (sign !== 0) return sign;
  }
  return 0;
}

function compareLists(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return left.length === right.length ? 0 : left.length < right.length ? -1 : 1;
}

/** The letters, their accents and their case. */
function keysOf(text: string): readonly [number[], number[], number[]] {
  const [letters, accents, cases] = [makeList<number>(), makeList<number>(), makeList<number>()];
  const parts = normalize(text, "NFD") as string;
  const add = (sign: string) => {
    const mark = markWeights[sign];
    if (mark !== undefined) {
      accents[accents.length] = mark;
      return;
    }
    const small = lower(sign) as string;
    const code = codeAt(sign, 0) as number;
    const weight = weights[small];
    if (weight === undefined && isIgnored(code)) return;
    letters[letters.length] = weight ?? unknownWeight + code;
    accents[accents.length] = 0;
    cases[cases.length] = small === sign ? 0 : 1;
  };
  for (let index = 0; index < parts.length; index++) {
    const sign = parts[index] ?? "";
    const more = expanded[sign];
    if (more === undefined) add(sign);
    else for (let at = 0; at < more.length; at++) add(more[at] ?? "");
  }
  return [letters, accents, cases];
}

function isIgnored(code: number): boolean {
  return code < 32 || (code >= 127 && code < 160) || code === 0xad;
}
