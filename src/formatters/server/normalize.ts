/** Checks measurements like the server's normalizer: known fields only, of the right type, others dropped when out of range. */
import type { FormatterError, JsonObject, JsonValue, ServerProfile } from "../formatter";
import { isServerTime } from "./goTime";
import { normalizedFields, type Field } from "./normalizedFields";
import { fieldTypeError, timeFormatError, unknownFieldError } from "./serverErrors";

export interface Normalized {
  readonly measurements: readonly JsonObject[];
  readonly warnings: readonly string[];
}

/** The measurements that are left with something in them, or why all of them are refused. */
export function normalize(
  measurements: readonly JsonObject[],
  profile: ServerProfile,
): { readonly normalized: Normalized } | { readonly error: FormatterError } {
  const fields = normalizedFields(profile);
  const warnings: string[] = [];
  try {
    const kept = measurements.map((each, index) =>
      keep(each, "", { fields, number: index + 1, warnings }),
    );
    const filled = kept.filter((each) => Object.keys(each).length > 0);
    return { normalized: { measurements: filled, warnings } };
  } catch (error) {
    if (error instanceof Refused) return { error: error.reason };
    throw error;
  }
}

interface Checker {
  readonly fields: ReadonlyMap<string, Field>;
  /** Counted from 1. */
  readonly number: number;
  readonly warnings: string[];
}

/** Thrown inside, to leave a measurement at its first fault. */
class Refused extends Error {
  constructor(readonly reason: FormatterError) {
    super(reason.message);
  }
}

function keep(source: JsonObject, prefix: string, checker: Checker): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(source)) {
    const path = prefix + key;
    const field = checker.fields.get(path);
    if (field === undefined) throw new Refused(unknownFieldError(path));
    const fault = typeError(field, value, path);
    if (fault !== undefined) throw new Refused(fault);
    if (isObject(value)) {
      const inner = keep(value, `${path}.`, checker);
      if (Object.keys(inner).length > 0) kept[key] = inner;
      continue;
    }
    const outside = rangeFaults(field, value, path);
    for (const each of outside) checker.warnings.push(`measurement ${checker.number}: ${each}`);
    if (outside.length === 0) kept[key] = value;
  }
  return kept;
}

function typeError(field: Field, value: JsonValue, path: string): FormatterError | undefined {
  switch (field.kind) {
    case "object":
      return isObject(value) ? undefined : fieldTypeError(path);
    case "boolean":
      return typeof value === "boolean" ? undefined : fieldTypeError(path);
    case "number":
      return typeof value === "number" ? undefined : fieldTypeError(path);
    case "text":
      return typeof value === "string" && field.values.includes(value)
        ? undefined
        : fieldTypeError(path);
    case "time":
      if (typeof value !== "string") return fieldTypeError(path);
      return isServerTime(value) ? undefined : timeFormatError(value);
  }
}

function rangeFaults(field: Field, value: JsonValue, path: string): string[] {
  if (field.kind !== "number" || typeof value !== "number") return [];
  const { minimum, maximum, below } = field;
  const should = (what: string, limit: number) =>
    `\`${path}\` should be ${what} \`${goNumber(limit)}\``;
  return [
    ...(minimum !== undefined && value < minimum ? [should("equal or greater than", minimum)] : []),
    ...(maximum !== undefined && value > maximum ? [should("equal or less than", maximum)] : []),
    ...(below !== undefined && value >= below ? [should("less than", below)] : []),
  ];
}

/** As Go prints a float. */
function goNumber(value: number): string {
  return value === 1_000_000 ? "1e+06" : String(value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
