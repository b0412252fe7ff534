/** Values of decoded payloads as text: each with the digits that were sent, the first ones of an object in one line. */
import type { JsonObject, JsonValue } from "./messages";
import { redactKeys } from "./redact";
import { visible } from "./visible";
import { memoize } from "../util/memoize";

/** Values that a text shows at most. */
const maximumFields = 8;
/** Items of a list that its own text shows. */
const maximumItems = 4;
const maximumDepth = 3;

/**
 * `temperature=22.5 soil.humidity=45 bytes=[1,2,3,4,… 64 items]`: the first values of an object, nested ones by dotted
 * names, a list in one piece. Objects in lists come last, in the room that is left: `rooms[0].temperature=21`.
 * @param maximum how many values; never more than eight
 */
export function summarizeFields(value: JsonValue | undefined, maximum: number): string {
  const parts = firstFields(value);
  if (parts.length <= maximum) return parts.join(" ");
  return `${parts.slice(0, maximum).join(" ")} …`;
}

let latestFields: { readonly value: JsonValue | undefined; readonly parts: readonly string[] } = {
  value: undefined,
  parts: [],
};

/** The fields in text and, if there are more, one that stands for them. Tree and log ask for the same one by one. */
function firstFields(value: JsonValue | undefined): readonly string[] {
  if (value !== latestFields.value || typeof value !== "object") {
    const found: Found = { parts: [], later: [] };
    collect(value, "", found, 0);
    // What lists hold may hold lists in turn, which are appended while this runs.
    for (const { path, item, depth } of found.later) collect(item, path, found, depth);
    latestFields = { value, parts: found.parts };
  }
  return latestFields.parts;
}

interface Found {
  readonly parts: string[];
  /** Objects in lists: so many values of the same names that they wait until all others are shown. */
  readonly later: { readonly path: string; readonly item: JsonValue; readonly depth: number }[];
}

function collect(value: JsonValue | undefined, path: string, found: Found, depth: number): void {
  const { parts } = found;
  if (value === undefined || parts.length > maximumFields) return;
  if (typeof value !== "object" || value === null) {
    if (path !== "") parts.push(`${path}=${scalar(value)}`);
  } else if (isList(value)) collectList(value, path, found, depth);
  else if (depth > maximumDepth) parts.push(`${path}={…}`);
  else {
    for (const name of Object.keys(value)) {
      const inner = path === "" ? fieldName(name) : `${path}.${fieldName(name)}`;
      collect(value[name], inner, found, depth + 1);
      if (parts.length > maximumFields) return;
    }
  }
}

function collectList(list: readonly JsonValue[], path: string, found: Found, depth: number): void {
  const items = list.slice(0, maximumFields + 1);
  if (depth > maximumDepth || !items.some(isNested)) {
    if (path !== "") found.parts.push(`${path}=${listText(list)}`);
    return;
  }
  items.forEach((item, index) =>
    found.later.push({ path: `${path}[${index}]`, item, depth: depth + 1 }),
  );
}

/** `[1,2,3]`, `[1,2,3,4,… 64 items]`. */
function listText(list: readonly JsonValue[]): string {
  const items = list
    .slice(0, maximumItems)
    .map((item) => (typeof item === "object" && item !== null ? "…" : scalar(item)));
  if (list.length > maximumItems) items.push(`… ${list.length} items`);
  return `[${items.join(",")}]`;
}

function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isNested(value: JsonValue): boolean {
  return typeof value === "object" && value !== null;
}

/** Field names recur with every message of a device. */
const fieldName = memoize(1_000, 40, (name) => (/^[\w-]{1,40}$/.test(name) ? name : quoted(name)));

/** A value as it stands behind its name and an equal sign; text that could be taken for another kind is in quotes. */
export function scalar(value: string | number | boolean | null): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "string") return String(value);
  return /^[\w.:+-]{1,40}$/.test(value) && !isKeyLike(value) ? value : quoted(value);
}

/** Has the dot of an API key, and may be a piece of one. */
function isKeyLike(text: string): boolean {
  return text.length > 6 && redactKeys(text) !== text;
}

/** In quotes, so that its spaces and equal signs are not taken for the line's own. Without API keys. */
function quoted(text: string): string {
  return JSON.stringify(visible(redactKeys(text), 40)).replaceAll("\\\\u{", "\\u{");
}

/** A number with the digits that were sent; only what calculating with floats has added to them is left out. */
export function numberText(value: number): string {
  // Printing a double costs more than the rest of its line, and sensors come back to the same values.
  const place = Math.abs((value * 1000) | 0) % recentNumbers.length;
  const recent = recentNumbers[place];
  if (recent !== undefined && Object.is(recent.value, value)) return recent.text;
  const text = printNumber(value);
  recentNumbers[place] = { value, text };
  return text;
}

const recentNumbers = new Array<{ readonly value: number; readonly text: string } | undefined>(
  1024,
).fill(undefined);

/** Shorter texts hold no noise: no sensor's value with noise has so few digits. */
const noiseFrom = 15;
/** Rounded to so many digits, a value that has no more than so many left was meant to be that. */
const roundings: readonly (readonly [digits: number, meant: number])[] = [
  [15, 12],
  [14, 10],
  [13, 8],
];

/** `22.400000000000002` is 22.4 after a calculation, `21.299999237060547` is 21.3 of 32 bits; all else is as sent. */
function printNumber(value: number): string {
  const text = String(value);
  if (text.length <= noiseFrom || Number.isInteger(value)) return text;
  if (digitsOf(text) < noiseFrom) return text;
  for (const [digits, meant] of roundings) {
    const rounded = String(Number(value.toPrecision(digits)));
    if (digitsOf(rounded) <= meant) return rounded;
  }
  if (Math.fround(value) !== value) return text;
  const single = [6, 7, 8, 9].map((digits) => Number(value.toPrecision(digits)));
  return String(single.find((each) => Math.fround(each) === value) ?? value);
}

/** Significant digits of a number's text. */
function digitsOf(text: string): number {
  const [mantissa = ""] = text.split("e");
  return mantissa.replace(/[-.]/g, "").replace(/^0+/, "").length;
}
