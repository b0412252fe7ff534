/** Where two decoded payloads differ: order of fields does not count, nor do the last digits of numbers. */
import type { JsonObject, JsonValue } from "../formatter";

/** One value that is not the same; undefined where the field is missing. */
export interface Difference {
  /** `soil.temperature`, `values[2]`; empty for the whole. */
  readonly path: string;
  readonly a: JsonValue | undefined;
  readonly b: JsonValue | undefined;
}

/** Engines calculate powers and roots to the last digit differently. Source: formatters research §1.5. */
const tolerance = 1e-12;
/** As the messages of the server; what is nested deeper is not looked at. */
export const maximumDepth = 64;

export function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return differences(a, b, 1).length === 0;
}

/** The first differences, in the order of the fields of `a`, then of those only `b` has. */
export function differences(
  a: JsonValue | undefined,
  b: JsonValue | undefined,
  maximum: number,
): readonly Difference[] {
  const found: Difference[] = [];
  collect(a, b, "", 0, found, maximum);
  return found;
}

function collect(
  a: JsonValue | undefined,
  b: JsonValue | undefined,
  path: string,
  depth: number,
  found: Difference[],
  maximum: number,
): void {
  if (found.length >= maximum || a === b) return;
  if (typeof a === "number" && typeof b === "number" && isClose(a, b)) return;
  if (!isContainer(a) || !isContainer(b) || isList(a) !== isList(b) || depth >= maximumDepth) {
    found.push({ path, a, b });
    return;
  }
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inner = isList(a) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    collect(child(a, name), child(b, name), inner, depth + 1, found, maximum);
    if (found.length >= maximum) return;
  }
}

/**
 * The same value with the fields in the order of a model, and its numbers where they are as good as equal: two texts
 * made so differ in nothing but what is different.
 */
export function alignedTo(
  model: JsonValue | undefined,
  value: JsonValue | undefined,
  depth = 0,
): JsonValue | undefined {
  if (typeof model === "number" && typeof value === "number" && isClose(model, value)) return model;
  if (!isContainer(value) || !isContainer(model) || isList(value) !== isList(model)) return value;
  if (depth >= maximumDepth) return value;
  if (isList(value))
    return value.map(
      (each, index) => alignedTo(child(model, String(index)), each, depth + 1) ?? null,
    );
  const names = new Set([...Object.keys(model), ...Object.keys(value)]);
  const aligned = [...names].flatMap((name) => {
    const inner = alignedTo(child(model, name), child(value, name), depth + 1);
    return inner === undefined ? [] : [[name, inner] as const];
  });
  return Object.fromEntries(aligned);
}

/** Roughly the characters of a value as JSON; infinite when it is nested too deep to be shown. */
export function weight(value: JsonValue | undefined, depth = 0): number {
  if (typeof value === "string") return value.length + 2;
  if (!isContainer(value)) return 8;
  if (depth >= maximumDepth) return Infinity;
  let sum = 2;
  for (const name of Object.keys(value))
    sum += name.length + 4 + weight(child(value, name), depth + 1);
  return sum;
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

type Container = readonly JsonValue[] | JsonObject;

function isContainer(value: JsonValue | undefined): value is Container {
  return typeof value === "object" && value !== null;
}

function isList(value: Container): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** An own field or element only. */
function child(value: Container, name: string): JsonValue | undefined {
  if (!Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[name];
}
