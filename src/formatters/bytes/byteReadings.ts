/** All that a few bytes may mean: numbers of every width in both orders, text, CayenneLPP. Text only, safe to show. */
import { summarizeFields } from "../../stack/values";
import { toSpacedHex, toText } from "../../stack/framePayload";
import { hiddenCharacters, visible } from "../../stack/visible";
import { decodeCayenneLpp } from "../server/cayenneLpp";

export interface Reading {
  readonly name: string;
  readonly text: string;
}

const maximumHex = 64;
const maximumText = 200;
/** Channel, type and a value of one byte; fewer read as CayenneLPP by chance. */
const shortestCayenne = 3;

/** The readings that fit the length, the plainest first. */
export function byteReadings(bytes: Uint8Array): readonly Reading[] {
  const readings = [{ name: "hex", text: hexText(bytes) }];
  if (bytes.length === 1 || bytes.length === 2 || bytes.length === 4 || bytes.length === 8) {
    readings.push(...integers(bytes));
  }
  if (bytes.length === 4 || bytes.length === 8) readings.push(...floats(bytes));
  const text = toText(bytes);
  if (text !== undefined && isPrintable(text)) {
    readings.push({ name: "text", text: visible(JSON.stringify(text), maximumText) });
  }
  const cayenne = bytes.length >= shortestCayenne ? decodeCayenneLpp(bytes).payload : undefined;
  if (cayenne) readings.push({ name: "CayenneLPP", text: summarizeFields(cayenne, 8) });
  return readings;
}

/** Two columns as the lines of a table. */
export function readingLines(readings: readonly Reading[]): string {
  const width = Math.max(...readings.map(({ name }) => name.length));
  return readings.map(({ name, text }) => `${name.padEnd(width)}  ${text}`).join("\n");
}

function hexText(bytes: Uint8Array): string {
  const shown = toSpacedHex(bytes.subarray(0, maximumHex));
  return bytes.length > maximumHex ? `${shown} … (${bytes.length} bytes)` : shown;
}

/** Only at the widths of a number, for no field is wider and a part of a frame says nothing of the whole. */
function integers(bytes: Uint8Array): Reading[] {
  const bits = bytes.length * 8;
  const read = (ordered: Uint8Array) => {
    const value = ordered.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const signed = BigInt.asIntN(bits, value);
    return signed === value ? String(value) : `${value} or ${signed}`;
  };
  if (bytes.length === 1) return [{ name: "number", text: read(bytes) }];
  return [
    { name: "big-endian", text: read(bytes) },
    { name: "little-endian", text: read(bytes.toReversed()) },
  ];
}

function floats(bytes: Uint8Array): Reading[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (isLittle: boolean) =>
    bytes.length === 4
      ? String(Number(view.getFloat32(0, isLittle).toPrecision(7)))
      : String(view.getFloat64(0, isLittle));
  return [
    { name: "float, big-endian", text: read(false) },
    { name: "float, little-endian", text: read(true) },
  ];
}

function isPrintable(text: string): boolean {
  return text !== "" && text.replace(/[\t\r\n]/g, "").search(hiddenCharacters) < 0;
}
