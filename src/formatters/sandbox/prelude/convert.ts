/** Turns the parts of a formatter's result into what the server's fields hold: fields, texts, octets and a port. */
import {
  apply,
  arrayValues,
  enumerableKeys,
  getter,
  isArray,
  iteratorSymbol,
  makeList,
  NativeUint8Array,
  objectPrototype,
  stringifyJson,
  textOf,
  typedArrayPrototype,
} from "./captured";
import { isProxy, kindOf } from "./kinds";
import { itemsOf, ownNames, pairsOf } from "./contents";
import { writeFields, type Findings } from "./writeValue";

/** Thrown where the server says that it cannot convert a value. */
export class Refusal extends Error {
  constructor(readonly reason: string) {
    super();
  }
}

const listAsMap =
  "reflect.Set: value of type []interface {} is not assignable to type map[string]interface {}";

/** A field that is an object on the server: a Map gives its pairs, everything else its own enumerable keys. */
export function writeMap(value: unknown, findings: Findings): string {
  if (value === undefined || value === null) return "{}";
  if (!isObject(value)) throw new Refusal(`could not convert ${shown(value)} to an object`);
  switch (kindOf(value)) {
    case "map":
      return writeEntries(pairsOf(value), findings);
    case "set":
      return writeEntries(namesOf(itemsOf(value)), findings);
    case "boxedString":
      return writeFields(value, ownNames(value)[0], findings);
    case "arguments":
      throw new Refusal(listAsMap);
    default:
      return writeFields(value, enumerableKeys(value), findings);
  }
}

function namesOf(items: unknown[]): (readonly [unknown, unknown])[] {
  const pairs = makeList<readonly [unknown, unknown]>();
  for (let index = 0; index < items.length; index++) pairs[index] = [items[index], null];
  return pairs;
}

function writeEntries(pairs: (readonly [unknown, unknown])[], findings: Findings): string {
  const fields = { __proto__: null } as unknown as Record<string, unknown>;
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index];
    if (pair !== undefined) fields[toText(pair[0])] = pair[1];
  }
  return writeFields(fields, enumerableKeys(fields), findings);
}

/** `warnings` and `errors`: each element becomes a text. Empty where there are none. */
export function writeTexts(value: unknown): string {
  if (value === undefined || value === null) return "[]";
  if (!isObject(value)) throw new Refusal(`could not convert ${shown(value)} to []string`);
  const items = itemsIn(value, "[]string");
  let text = "[";
  for (let index = 0; index < items.length; index++) {
    text += (index > 0 ? "," : "") + stringifyJson(toText(items[index]));
  }
  return `${text}]`;
}

/** `bytes`: a string gives its UTF-8, a typed array its memory, anything listable its numbers modulo 256. */
export function writeOctets(value: unknown): string {
  if (value === undefined || value === null) return "[]";
  if (typeof value === "string") return stringifyJson(value);
  if (typeof value === "symbol") return stringifyJson(toText(value));
  if (!isObject(value)) throw new Refusal(`could not convert ${shown(value)} to []uint8`);
  const memory = isProxy(value) ? undefined : memoryOf(value);
  const items = memory ?? itemsIn(value, "[]uint8");
  let text = "[";
  for (let index = 0; index < items.length; index++) {
    text += `${index > 0 ? "," : ""}${toOctet(items[index])}`;
  }
  return `${text}]`;
}

/** `fPort`: the server's uint8, or null where there is none. */
export function writePort(value: unknown): string {
  return value === undefined || value === null ? "null" : `${toOctet(value)}`;
}

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function toOctet(value: unknown): number {
  return value === undefined || value === null ? 0 : +(value as number) & 255;
}

/** Runs the formatter's own `toString`, like the server does. */
function toText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "symbol") return (descriptionOf(value) as string | undefined) ?? "";
  return textOf(value);
}

const descriptionOf = getter(Symbol.prototype, "description");
const bufferOf = getter(typedArrayPrototype, "buffer");
const offsetOf = getter(typedArrayPrototype, "byteOffset");
const sizeOf = getter(typedArrayPrototype, "byteLength");
const viewBuffer = getter(DataView.prototype, "buffer");

function memoryOf(value: object): ArrayLike<number> | undefined {
  switch (kindOf(value)) {
    case "typedArray":
      return octetsIn(bufferOf(value), offsetOf(value), sizeOf(value));
    case "view":
      // The server takes the buffer behind the view, whatever part of it the view shows.
      return octetsIn(viewBuffer(value));
    case "buffer":
      return octetsIn(value);
    default:
      return undefined;
  }
}

function octetsIn(buffer: unknown, offset?: unknown, size?: unknown): Uint8Array {
  return new NativeUint8Array(buffer as ArrayBuffer, offset as number, size as number);
}

/** The elements of an array, a Set, an iterable or an array-like, in that order of preference. */
function itemsIn(value: object, type: string): ArrayLike<unknown> {
  const iterate = (value as Record<symbol, unknown>)[iteratorSymbol];
  if (isArray(value) && !isProxy(value) && (iterate === arrayValues || iterate === undefined)) {
    return withoutHoles(value);
  }
  const kind = kindOf(value);
  if (kind === "set") return itemsOf(value);
  if (iterate !== undefined && iterate !== null) return iterated(value, iterate);
  const length = typeof value === "function" ? undefined : lengthIn(value);
  if (length === undefined) {
    throw new Refusal(`cannot convert ${shown(value)} to ${type}: not an array or iterable`);
  }
  return arrayLike(value, length);
}

function lengthIn(value: object): number | undefined {
  if (!("length" in value)) return undefined;
  const length = +(value.length as number);
  return length > 0 ? length - (length % 1) : 0;
}

function arrayLike(value: object, length: number): unknown[] {
  const items = makeList<unknown>();
  for (let index = 0; index < length; index++) items[index] = (value as never)[index];
  return items;
}

function iterated(value: object, iterate: unknown): unknown[] {
  const items = makeList<unknown>();
  const iterator = apply(iterate as () => unknown, value, []) as {
    next: () => { done: unknown; value: unknown };
  };
  const { next } = iterator;
  for (;;) {
    const step = apply(next, iterator, []);
    if (step.done) return items;
    items[items.length] = step.value;
  }
}

/** A list of more than this many elements that is nearly empty is kept by another rule on the server: holes are zero. */
const sparseFrom = 4096;

let hasElision = false;

export function expectElision(isExpected: boolean): void {
  hasElision = isExpected;
}

/** A hole is a nil pointer on the server, unless the list only got its length from elsewhere. */
function withoutHoles(list: readonly unknown[]): readonly unknown[] {
  const keys = enumerableKeys(list);
  if (keys.length >= list.length || (keys.length === 0 && !hasElision)) return list;
  const last = lastIndex(keys, list.length);
  if (last > sparseFrom && last / keys.length > 10) return list;
  if (hasElision || (last >= 0 && !isFull(list, last))) {
    throw new Refusal("runtime error: invalid memory address or nil pointer dereference");
  }
  return list;
}

function lastIndex(keys: readonly string[], length: number): number {
  for (let index = keys.length - 1; index >= 0; index--) {
    const key = +(keys[index] ?? "");
    if (key >= 0 && key < length) return key;
  }
  return -1;
}

function isFull(list: readonly unknown[], last: number): boolean {
  for (let index = 0; index <= last; index++) {
    if (!hasOwn(list, index)) return false;
  }
  return true;
}

const hasOwn = (list: readonly unknown[], index: number) => apply(nativeHasOwn, list, [index]);
const nativeHasOwn = objectPrototype.hasOwnProperty;

function shown(value: unknown): string {
  return isObject(value) ? "[object Object]" : toText(value);
}
