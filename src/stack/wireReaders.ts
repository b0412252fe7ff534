/**
 * Typed reads from a parsed body. A missing scalar is its zero value or undefined, a value of the wrong type is
 * noted as a problem and read as missing. Source: tts-mqtt §5.1.
 */
import { parseBase64 } from "./framePayload";
import type { JsonObject, JsonValue } from "./messages";

/** One object of a body, and the list that collects what is wrong with the message. */
export class WireObject {
  /**
   * @param parent the object that this one is a field of
   * @param name of that field
   */
  constructor(
    readonly value: JsonObject,
    readonly problems: string[],
    private readonly parent?: WireObject,
    private readonly name = "",
  ) {}

  /** The own field, or undefined; inherited names such as `constructor` are never found. */
  get(name: string): JsonValue | undefined {
    const value = this.value[name];
    // What objects inherit is neither text nor number, so most fields need no second look.
    if (value === undefined || typeof value === "string" || typeof value === "number") return value;
    return Object.hasOwn(this.value, name) ? value : undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  object(name: string): WireObject | undefined {
    const value = this.json(name);
    return value && new WireObject(value, this.problems, this, name);
  }

  /** A free-form object as it is. */
  json(name: string): JsonObject | undefined {
    const value = this.get(name);
    if (value === undefined || value === null) return undefined;
    if (isJsonObject(value)) return value;
    this.wrong(name, "an object");
    return undefined;
  }

  /** @param maximum how many of the list are looked at */
  objects(name: string, maximum = Infinity): WireObject[] {
    const objects: WireObject[] = [];
    for (const value of this.array(name).slice(0, maximum)) {
      if (isJsonObject(value)) {
        objects.push(new WireObject(value, this.problems, this, `${name}[]`));
      } else this.wrong(name, "a list of objects");
    }
    return objects;
  }

  /** How many items a list has, those included that are not looked at. */
  count(name: string): number {
    const value = this.get(name);
    return Array.isArray(value) ? value.length : 0;
  }

  strings(name: string): readonly string[] {
    const values = this.array(name);
    if (values.length === 0) return noStrings;
    const strings = values.filter((value) => typeof value === "string");
    if (strings.length < values.length) this.wrong(name, "a list of strings");
    return strings;
  }

  string(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || value === null || typeof value === "string")
      return value ?? undefined;
    this.wrong(name, "a string");
    return undefined;
  }

  boolean(name: string): boolean {
    const value = this.get(name);
    if (value === undefined || value === null || typeof value === "boolean") return value ?? false;
    this.wrong(name, "true or false");
    return false;
  }

  /** A number within bounds; infinite ones and NaN, which the server writes as text, count as missing. */
  number(name: string, minimum = -Number.MAX_VALUE, maximum = Number.MAX_VALUE) {
    const value = this.get(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && value >= minimum && value <= maximum) return value;
    this.wrong(name, typeof value === "number" ? "within its range" : "a number");
    return undefined;
  }

  /** A number that the server omits when it is 0: missing is 0, nonsense is undefined. */
  numberOrZero(name: string, minimum: number, maximum: number): number | undefined {
    return (this.get(name) ?? null) === null ? 0 : this.number(name, minimum, maximum);
  }

  /** A 64-bit number, which comes as a decimal string; old recordings have plain numbers. */
  int64(name: string): number | undefined {
    const value = this.get(name);
    if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return Number(value);
    if (typeof value !== "string") return this.number(name);
    this.wrong(name, "a number");
    return undefined;
  }

  /** A whole number within bounds, 0 when missing. */
  integer(name: string, maximum: number): number {
    return this.optionalInteger(name, maximum) ?? 0;
  }

  /** A whole number within bounds, undefined when missing. */
  optionalInteger(name: string, maximum: number): number | undefined {
    const value = this.number(name);
    if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= maximum)) {
      return value;
    }
    this.wrong(name, `a whole number up to ${maximum}`);
    return undefined;
  }

  /** A frame counter: 0 when missing, as the server omits it, but undefined when it is anything that no counter can be. */
  counter(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined) return 0;
    if (value === null) this.wrong(name, "a number");
    return this.optionalInteger(name, 0xffffffff);
  }

  /** Base64 as bytes; missing is empty, as the server omits empty payloads. */
  bytes(name: string): Uint8Array {
    const text = this.string(name);
    if (text === undefined) return noBytes;
    const parsed = parseBase64(text);
    if ("bytes" in parsed) return parsed.bytes;
    this.note(`${this.path}${name}: ${parsed.problem}`);
    return noBytes;
  }

  /** Milliseconds since 1970; the zero date of the server's language counts as missing. */
  time(name: string): number | undefined {
    const text = this.string(name);
    if (text === undefined || text === "" || text.startsWith("0001-")) return undefined;
    const milliseconds = rfc3339.test(text) ? Date.parse(text) : NaN;
    if (!Number.isNaN(milliseconds)) return milliseconds;
    this.wrong(name, "a time");
    return undefined;
  }

  private array(name: string): readonly JsonValue[] {
    const value = this.get(name);
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value as readonly JsonValue[];
    this.wrong(name, "a list");
    return [];
  }

  /** Adds a problem in our own words, unless there are enough to make the point. */
  note(problem: string): void {
    if (this.problems.length < maximumProblems) this.problems.push(problem);
  }

  /** `uplink_message.rx_metadata[].`, put together only when something is wrong. */
  private get path(): string {
    return this.parent ? `${this.parent.path}${this.name}.` : "";
  }

  private wrong(name: string, expected: string): void {
    this.note(`${this.path}${name} is not ${expected}`);
  }
}

const noBytes = new Uint8Array(0);
const noStrings: readonly string[] = [];
const maximumProblems = 20;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
