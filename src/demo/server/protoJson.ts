/** Protojson's reading of single values, with unknown fields discarded. Throws a BodyError. Source: tts-mqtt §6.1. */
import { priorities, type JsonObject, type JsonValue } from "../../stack/messages";
import { BodyError, readNumber, type Json } from "./jsonReader";

/** Known fields that are set, by their snake_case name. `null` means not set; a field given twice is an error. */
export function readMessage(json: Json, known: readonly string[]): ReadonlyMap<string, Json> {
  if (json.kind !== "object") throw new BodyError(`${json.kind} instead of a message`);
  const names = new Map(known.flatMap((name) => [[name, name] as const, [camelCase(name), name]]));
  const seen = new Set<string>();
  const fields = new Map<string, Json>();
  for (const [key, value] of json.members) {
    const name = names.get(key);
    if (name === undefined) continue; // unknown fields are ignored, even twice
    if (seen.has(name)) throw new BodyError(`duplicate field ${key}`);
    seen.add(name);
    if (value.kind !== "null") fields.set(name, value);
  }
  return fields;
}

export function readList(json: Json): readonly Json[] {
  if (json.kind !== "array") throw new BodyError(`${json.kind} instead of a list`);
  return json.items;
}

export function readString(json: Json): string {
  if (json.kind !== "string") throw new BodyError(`${json.kind} instead of a string`);
  return json.value;
}

export function readBoolean(json: Json): boolean {
  if (json.kind !== "boolean") throw new BodyError(`${json.kind} instead of a boolean`);
  return json.value;
}

/** Numbers and numbers in strings; `15.0` is 15, `15.5` and negative numbers are errors. */
export function readUint32(json: Json): number {
  const text = json.kind === "number" ? json.text : readString(json);
  const value = readNumber(text);
  if (value === undefined || text.startsWith("-") || !Number.isInteger(value)) {
    throw new BodyError(`no unsigned number: ${text}`);
  }
  if (value > 0xffffffff) throw new BodyError(`too large: ${text}`);
  return value;
}

/** The number of the priority. Unknown names count as not given, LOWEST; unknown numbers come through. */
export function readPriority(json: Json): number {
  if (json.kind === "string") {
    return Math.max(
      0,
      priorities.findIndex((name) => name === json.value),
    );
  }
  if (json.kind !== "number") throw new BodyError(`${json.kind} instead of a priority`);
  const value = Number(json.text);
  if (!Number.isInteger(value) || value !== (value | 0)) throw new BodyError("no enum number");
  return value;
}

/** Standard or URL alphabet (not both), padded or not. */
export function readBytes(json: Json): Uint8Array {
  const text = readString(json);
  const digit = /[-_]/.test(text) ? "[A-Za-z0-9_-]" : "[A-Za-z0-9+/]";
  const end = text.length % 4 === 0 ? `(?:${digit}{2}==|${digit}{3}=)?` : `${digit}{2,3}`;
  if (!new RegExp(`^(?:${digit}{4})*${end}$`).test(text)) throw new BodyError("not base64");
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** RFC 3339 with `Z` or an offset, as milliseconds since 1970. */
export function readTimestamp(json: Json): number {
  const text = readString(json);
  const pattern =
    /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
  const milliseconds = pattern.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(milliseconds)) throw new BodyError(`no timestamp: ${text}`);
  return milliseconds;
}

/** A free JSON object; keys twice are an error here too. */
export function readStruct(json: Json): JsonObject {
  if (json.kind !== "object") throw new BodyError(`${json.kind} instead of an object`);
  if (new Set(json.members.map(([key]) => key)).size < json.members.length) {
    throw new BodyError("duplicate key");
  }
  return Object.fromEntries(json.members.map(([key, value]) => [key, readFree(value)]));
}

function readFree(json: Json): JsonValue {
  switch (json.kind) {
    case "null":
      return null;
    case "boolean":
    case "string":
      return json.value;
    case "number":
      return readDouble(json.text);
    case "array":
      return json.items.map(readFree);
    case "object":
      return readStruct(json);
  }
}

function readDouble(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new BodyError(`too large: ${text}`);
  return value;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
