/** Tells built-in objects apart the way the server's engine does: by what they are, not by what they say they are. */
import {
  apply,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  getter,
  isArray,
  iteratorSymbol,
  method,
  NativePromise,
  NativeProxy,
  NativeWeakSet,
  objectPrototype,
  typedArrayPrototype,
  construct,
} from "./captured";

export type Kind =
  | "plain"
  | "list"
  | "arguments"
  | "typedArray"
  | "map"
  | "set"
  | "date"
  | "boxed"
  | "boxedString"
  | "buffer"
  | "view"
  | "promise"
  | "proxy"
  | "function";

const proxies = new NativeWeakSet();
let isAnyProxy = false;
const addProxy = method(WeakSet.prototype, "add");
const hasProxy = method(WeakSet.prototype, "has");
const typedArrayTag = getter(typedArrayPrototype, Symbol.toStringTag);
const describe = method(objectPrototype, "toString");
const promisePrototype = NativePromise.prototype;

/** Brand checks that throw for anything else. */
const brands: readonly (readonly [Kind, (self: unknown) => unknown])[] = [
  ["map", getter(Map.prototype, "size")],
  ["set", getter(Set.prototype, "size")],
  ["date", method(Date.prototype, "getTime")],
  ["boxedString", method(String.prototype, "valueOf")],
  ["boxed", method(Number.prototype, "valueOf")],
  ["boxed", method(Boolean.prototype, "valueOf")],
  ["boxed", method(Symbol.prototype, "valueOf")],
  ["boxed", method(BigInt.prototype, "valueOf")],
  ["buffer", getter(ArrayBuffer.prototype, "byteLength")],
  ["view", getter(DataView.prototype, "byteLength")],
];

/** Remembers every proxy a formatter makes: nothing in the language tells one from its target. */
export function watchProxies(world: object): void {
  const remember = (proxy: object) => {
    isAnyProxy = true;
    addProxy(proxies, proxy);
    return proxy;
  };
  const Watched = new NativeProxy(NativeProxy, {
    construct: (target, args: unknown[], newTarget) =>
      remember(construct(target, args, newTarget) as object),
  });
  const native = NativeProxy.revocable;
  const revocable = (target: object, handler: ProxyHandler<object>) => {
    const pair = apply(native, NativeProxy, [target, handler]) as { proxy: object };
    remember(pair.proxy);
    return pair;
  };
  const flags = { writable: true, enumerable: false, configurable: true };
  Object.defineProperty(NativeProxy, "revocable", { value: revocable, ...flags });
  Object.defineProperty(world, "Proxy", { value: Watched, ...flags });
}

export function isProxy(value: object): boolean {
  return isAnyProxy && hasProxy(proxies, value) === true;
}

export function kindOf(value: object): Kind {
  if (isProxy(value)) return "proxy";
  if (typeof value === "function") return "function";
  if (isArray(value)) return "list";
  const prototype = getPrototypeOf(value);
  if (prototype === objectPrototype || prototype === null) {
    const isIterable = getOwnPropertyDescriptor(value, iteratorSymbol) !== undefined;
    return isIterable && describe(value) === "[object Arguments]" ? "arguments" : "plain";
  }
  if (typedArrayTag(value) !== undefined) return "typedArray";
  for (let index = 0; index < brands.length; index++) {
    const brand = brands[index];
    if (brand !== undefined && has(brand[1], value)) return brand[0];
  }
  return isPromise(prototype) ? "promise" : "plain";
}

/** The primitive in a boxed number, boolean, symbol or BigInt. */
export function unboxed(value: object): unknown {
  for (let index = 0; index < brands.length; index++) {
    const brand = brands[index];
    if (brand?.[0] === "boxed" && has(brand[1], value)) return brand[1](value);
  }
  return undefined;
}

function has(brand: (self: unknown) => unknown, value: object): boolean {
  try {
    brand(value);
    return true;
  } catch {
    return false;
  }
}

function isPromise(prototype: object): boolean {
  for (let each: object | null = prototype; each !== null; each = getPrototypeOf(each)) {
    if (each === promisePrototype) return true;
  }
  return false;
}
