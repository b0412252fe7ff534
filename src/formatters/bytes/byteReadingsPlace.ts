/** Finds the payload under the mouse: hex or base64 in a line of JSON, of a script or of the event channel. */
import { parseBase64, parseHex } from "../../stack/framePayload";

export interface PayloadPlace {
  /** In characters of the line. */
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** `quoted`: JSON and scripts. `events`: the lines of the event channel. */
export type PayloadSurroundings = "quoted" | "events";

/** No frame is longer; what is longer is something else. Characters. */
const maximumLength = 2_048;
/** Lines that are longer are not looked at: minified code. */
const maximumLine = 16_384;
const quoted = /(["'`])((?:(?!\1)[^\\]){4,})\1/g;
/** A field of this name holds hex or base64 that is an address or a key, no payload. */
const otherName = /(?:eui|addr|key|id|ids|token|hash|sha\d*)"?\s*:\s*$/i;
const payloadName = /(?:frm_payload|payload|bytes|payload_hex|payload_raw)"?\s*:\s*$/i;

/** Undefined where nothing stands that is likely a payload. */
export function payloadAt(
  line: string,
  character: number,
  surroundings: PayloadSurroundings,
): PayloadPlace | undefined {
  if (line.length > maximumLine) return undefined;
  if (surroundings === "events") return inEvents(line, character);
  return inQuotes(line, character) ?? inList(line, character);
}

/** The payload of an uplink or a downlink; other lines show addresses in hex. */
function inEvents(line: string, character: number): PayloadPlace | undefined {
  if (!/^\S+ +(?:e\d+ +)?(?:UP|DOWN|NORM) /.test(line)) return undefined;
  // Word by word: looking back over blanks from each of them would take as long as a long line squared.
  let isPayload = false;
  for (const { 0: word, index } of line.matchAll(/\S+/g)) {
    const end = index + word.length;
    if (isPayload && character >= index && character <= end)
      return /^[\dA-F]{2,}$/.test(word) ? place(index, word, parseHex) : undefined;
    isPayload = /^p\d{1,3}$/.test(word);
  }
  return undefined;
}

function inQuotes(line: string, character: number): PayloadPlace | undefined {
  for (const match of line.matchAll(quoted)) {
    const start = match.index + 1;
    const text = match[2] ?? "";
    if (character < start || character > start + text.length) continue;
    const before = line.slice(0, match.index);
    if (text.length > maximumLength || otherName.test(before)) return undefined;
    if (isHex(text)) return place(start, text, parseHex, 2);
    return isBase64(text, payloadName.test(before)) ? place(start, text, parseBase64) : undefined;
  }
  return undefined;
}

/** `[3, 103, 0, 0xE1]`: a list of nothing but bytes; a pair of numbers is more often something else. */
function inList(line: string, character: number): PayloadPlace | undefined {
  const start = line.lastIndexOf("[", character);
  const end = start < 0 ? -1 : line.indexOf("]", start);
  if (end < character || end - start > maximumLength) return undefined;
  const parts = line
    .slice(start + 1, end)
    .replace(/,\s*$/, "")
    .split(",")
    .map((part) => part.trim());
  const isByte = (part: string) => /^(?:\d{1,3}|0x[\da-f]{1,2})$/i.test(part) && Number(part) < 256;
  if (!parts.every(isByte)) return undefined;
  const isNamed = payloadName.test(line.slice(Math.max(0, start - 60), start));
  if (parts.length < (isNamed ? 1 : shortestList)) return undefined;
  return { start, end: end + 1, bytes: Uint8Array.from(parts, Number) };
}

const shortestList = 3;
/** Lines of a list above and below the mouse. */
const maximumLines = 300;
const onlyNumbers = /^[\s\d,xa-f]*$/i;

/**
 * The list of bytes that goes over several lines, as in JSON that a program wrote.
 * @param textOf a line of the document; undefined outside of it
 */
export function listAround(
  textOf: (line: number) => string | undefined,
  line: number,
  character: number,
): Uint8Array | undefined {
  const own = textOf(line) ?? "";
  const before = lines(textOf, line, -1).reverse().join(" ");
  const after = lines(textOf, line, 1).join(" ");
  if (before === "" && after === "") return undefined;
  return payloadAt(`${before} ${own} ${after}`, before.length + 1 + character, "quoted")?.bytes;
}

/** From the line on, up to the first that holds more than numbers. */
function lines(textOf: (line: number) => string | undefined, from: number, step: 1 | -1): string[] {
  const found: string[] = [];
  for (let at = from, left = maximumLines; left > 0; at += step, left--) {
    const text = textOf(at);
    if (text === undefined || text.length > maximumLength) break;
    if (at !== from) found.push(text);
    if (text.includes(step < 0 ? "[" : "]") || (at !== from && !onlyNumbers.test(text))) break;
  }
  return found;
}

/** Two bytes. */
const shortestHex = 4;

/** At least two bytes: `036700E1`, `0367 00E1`, `03:67:00:E1`, `0x03, 0x67`; no time of day and no date. */
function isHex(text: string): boolean {
  if (/^\d\d:\d\d(?::\d\d)?$/.test(text) || text.length < shortestHex) return false;
  return (
    /^(?:(?:0x)?(?:[\da-f]{2})+(?:[\s,;]+|$))+$/i.test(text) ||
    /^[\da-f]{2}(?:[:-][\da-f]{2})+$/i.test(text)
  );
}

/** Many words are base64 by chance, so without the name of a field it must look like nothing else. */
function isBase64(text: string, isPayload: boolean): boolean {
  if (text.length % 4 !== 0 || !/^[\w+/-]+={0,2}$/.test(text)) return false;
  if (isPayload) return true;
  if (text.length < 8) return false;
  return (
    text.endsWith("=") ||
    (/\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && !text.includes("-"))
  );
}

function place(
  start: number,
  text: string,
  parse: typeof parseHex,
  minimum = 1,
): PayloadPlace | undefined {
  const parsed = parse(text);
  if ("problem" in parsed || parsed.bytes.length < minimum) return undefined;
  return { start, end: start + text.length, bytes: parsed.bytes };
}
