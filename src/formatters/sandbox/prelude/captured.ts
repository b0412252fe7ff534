/**
 * The built-ins that the conversion of results works with, taken before a formatter runs: whatever it does to
 * `Array.prototype`, `JSON` or `Object.prototype` afterwards does not reach them. Code that runs after a formatter
 * uses only these, plain operators and lists without a prototype.
 */
export const {
  apply,
  construct,
  defineProperty,
  deleteProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isExtensible,
  ownKeys,
  setPrototypeOf,
} = Reflect;
export const { keys: enumerableKeys, create: createObject, prototype: objectPrototype } = Object;
export const { isArray } = Array;
export const { parse: parseJson, stringify: stringifyJson } = JSON;
export const textOf = String;
export const toObject = Object;
export const { iterator: iteratorSymbol } = Symbol;
export const world = globalThis;
export const NativeProxy = Proxy;
export const NativeDate = Date;
export const NativeMap = Map;
export const NativeSet = Set;
export const NativeWeakSet = WeakSet;
export const NativeWeakMap = WeakMap;
export const NativeUint8Array = Uint8Array;
export const NativePromise = Promise;

/** A function of `prototype` that takes its `this` as the first argument. */
export function method(prototype: object, name: string | symbol): (...args: unknown[]) => unknown {
  const descriptor = getOwnPropertyDescriptor(prototype, name);
  return bound(descriptor?.value as Method);
}

/** The getter of `prototype` that takes its `this` as the argument. */
export function getter(prototype: object, name: string | symbol): (self: unknown) => unknown {
  const { get } = getOwnPropertyDescriptor(prototype, name) ?? {};
  return bound(get as Method);
}

type Method = (...args: unknown[]) => unknown;

function bound(native: Method): Method {
  return (self, argument) => apply(native, self, argument === undefined ? [] : [argument]);
}

export const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) ?? objectPrototype;
export const arrayValues: unknown = getOwnPropertyDescriptor(
  Array.prototype,
  iteratorSymbol,
)?.value;

/** A list that no setter on a prototype can watch; grows by `list[list.length] = item`. */
export function makeList<Item>(): Item[] {
  return setPrototyped<Item>([]);
}

function setPrototyped<Item>(list: Item[]): Item[] {
  setPrototypeOf(list, null);
  return list;
}
