/** A byte map as lines of text: it says all in letters and words, so that colour may be added but is not needed. */
import { visible } from "../../stack/visible";
import { isUnused, type ByteMap, type Effect } from "./byteMap";

/** A stretch of a line that belongs to a field, for colours. `field` counts the fields of the frame from 0. */
export interface FieldSpan {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly field: number;
}

export interface ByteMapText {
  readonly lines: readonly string[];
  readonly spans: readonly FieldSpan[];
  /** For each line of a byte: what its parts do, in words. By line number. */
  readonly words: ReadonlyMap<number, readonly string[]>;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const nothing = "·";
const several = "+";
const fails = "!";
const appears = "*";
const beyond = "?";
/** Where the columns begin. */
const hexColumn = 6;
const bitColumn = 11;
const fieldColumn = 30;
const maximumName = 60;

export function byteMapText(map: ByteMap, title: string): ByteMapText {
  const names = [...map.fields.keys()];
  const order = new Map(names.map((name, index) => [name, index]));
  const lines = [
    title,
    `Each bit and each byte was changed alone: ${map.runs} runs.`,
    "",
    " byte hex  bits 7 to 0        changes",
  ];
  const spans: FieldSpan[] = [];
  const words = new Map<number, readonly string[]>();
  map.bytes.forEach((cell, index) => {
    const line = lines.length;
    const marks = cell.bits.map((bit) => markOf(bit, order));
    const hex = cell.value.toString(16).toUpperCase().padStart(2, "0");
    const row = `${String(index).padStart(5)} ${hex}   ${marks.join(" ")}`;
    lines.push(`${row.padEnd(fieldColumn)}${effectText(cell, order)}`);
    const [only] = cell.fields;
    if (only !== undefined && cell.fields.length === 1) {
      spans.push({ line, start: hexColumn, end: hexColumn + 2, field: order.get(only) ?? 0 });
    }
    cell.bits.forEach((bit, place) => {
      const [field] = bit.fields;
      if (field === undefined || bit.fields.length > 1) return;
      const start = bitColumn + place * 2;
      spans.push({ line, start, end: start + 1, field: order.get(field) ?? 0 });
    });
    words.set(line, [
      `Byte ${index}: ${effectWords(cell)}`,
      ...cell.bits.map((bit, place) => `Byte ${index}, bit ${7 - place}: ${effectWords(bit)}`),
    ]);
  });
  lines.push("", "Fields");
  names.forEach((name, index) => {
    const places = placesOf(map, name);
    spans.push({ line: lines.length, start: 1, end: 2, field: index });
    const value = visible(JSON.stringify(map.fields.get(name)), maximumName);
    const place = map.restless.includes(name) ? "changes by itself: not followed" : places;
    lines.push(` ${letterOf(index)}  ${visible(name, maximumName)} = ${value}  (${place})`);
  });
  return { lines: [...lines, "", ...legend], spans, words };
}

const legend = [
  `${nothing}  changes nothing      ${several}  changes several fields`,
  `${appears}  only adds fields     ${fails}  the formatter fails`,
  "A byte that changes nothing may still count together with others, or with other values.",
];

function letterOf(index: number): string {
  return letters.charAt(index) || beyond;
}

function markOf(effect: Effect, order: ReadonlyMap<string, number>): string {
  const [first] = effect.fields;
  if (first !== undefined)
    return effect.fields.length > 1 ? several : letterOf(order.get(first) ?? 0);
  if (effect.canFail) return fails;
  return effect.appearing.length > 0 ? appears : nothing;
}

function effectText(effect: Effect, order: ReadonlyMap<string, number>): string {
  if (isUnused(effect)) return "(unused)";
  const shown = effect.fields
    .slice(0, 6)
    .map((name) => `${letterOf(order.get(name) ?? 0)} ${visible(name, maximumName)}`);
  const more = effect.fields.length - shown.length;
  if (more > 0) shown.push(`and ${more} more`);
  if (effect.appearing.length > 0) shown.push(`adds ${names(effect.appearing)}`);
  if (effect.canFail) shown.push("can fail");
  return shown.join(", ");
}

function effectWords(effect: Effect): string {
  if (isUnused(effect)) return "changes nothing.";
  const parts = [
    effect.fields.length > 0 ? `changes ${names(effect.fields)}` : "",
    effect.appearing.length > 0 ? `adds ${names(effect.appearing)}` : "",
    effect.canFail ? "can make the formatter fail" : "",
  ];
  return `${parts.filter(Boolean).join("; ")}.`;
}

function names(paths: readonly string[]): string {
  const shown = paths.slice(0, 6).map((path) => visible(path, maximumName));
  return paths.length > shown.length
    ? `${shown.join(", ")} and ${paths.length - shown.length} more`
    : shown.join(", ");
}

/** `bytes 2, 3`, with the bits where it is not whole bytes. */
function placesOf(map: ByteMap, name: string): string {
  const places = map.bytes.flatMap((cell, index) => {
    if (!cell.fields.includes(name)) return [];
    const bits = cell.bits.flatMap(({ fields }, place) =>
      fields.includes(name) ? [7 - place] : [],
    );
    return [
      bits.length === 8 || bits.length === 0 ? `${index}` : `${index} (bits ${bits.join(" ")})`,
    ];
  });
  if (places.length === 0) return "depends on no single byte";
  return `${places.length === 1 ? "byte" : "bytes"} ${places.join(", ")}`;
}
