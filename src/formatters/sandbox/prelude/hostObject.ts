/**
 * The `data` of an encoder's input: on the server an object of its own kind over the message's fields (formatters
 * §1.2). Nothing in it is undefined, each look at a nested value gives another object over the same fields, and a list
 * that grows parts from them.
 */
import { enumerableKeys, isArray, NativeProxy, NativeWeakMap } from "./captured";

type Fields = Record<PropertyKey, unknown>;

/** What is behind each such object. */
const storages = new NativeWeakMap<object, object>();
const { get: getStored, set: setStored } = storages;
const { apply, set, get, getOwnPropertyDescriptor, deleteProperty, defineProperty } = Reflect;

/** An object over `value`, which it may change; an empty object is null. */
export function hostObject(value: unknown): unknown {
  return present(withoutEmpty(value));
}

function withoutEmpty(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const keys = enumerableKeys(value);
  if (keys.length === 0 && !isArray(value)) return null;
  const fields = value as Fields;
  for (const key of keys) fields[key] = withoutEmpty(fields[key]);
  return value;
}

function present(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const shown = isArray(value) ? listOver(value) : new NativeProxy(value, mapHandler);
  apply(setStored, storages, [shown, value]);
  return shown;
}

/** What the server keeps of a value: a copy, unless it is one of these objects. */
function kept(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value !== "object" || value === null) return value;
  const storage: unknown = apply(getStored, storages, [value]);
  if (storage !== undefined) return storage;
  if (isArray(value)) return keptList(value);
  const copy: Fields = {};
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  for (const key of enumerableKeys(value)) copy[key] = kept((value as Fields)[key]);
  return copy;
}

function keptList(list: readonly unknown[]): unknown[] {
  const copy: unknown[] = [];
  for (let index = 0; index < list.length; index++) copy[index] = kept(list[index]);
  return copy;
}

/** A property of it can be made neither read-only nor configurable, so freezing throws. */
function canDefine(descriptor: PropertyDescriptor): boolean {
  const { get: getter, set: setter, configurable, writable } = descriptor;
  if (getter !== undefined || setter !== undefined) return false;
  return configurable !== true && writable !== false;
}

const mapHandler: ProxyHandler<object> = {
  get(target, key, receiver) {
    const own = getOwnPropertyDescriptor(target, key);
    const found: unknown = own === undefined ? get(target, key, receiver) : present(own.value);
    return found;
  },
  set: (target, key, value) => set(target, key, kept(value)),
  defineProperty: (target, key, descriptor) =>
    canDefine(descriptor) && set(target, key, kept(descriptor.value)),
};

/** Its own length, and the elements of `shared` for as long as they fit in there. */
function listOver(shared: unknown[]): unknown[] {
  const list: unknown[] = [];
  const capacity = shared.length;
  for (let index = 0; index < capacity; index++) list[index] = shared[index];
  let isApart = false;
  const isShared = (key: PropertyKey) =>
    !isApart && typeof key === "string" && +key >= 0 && +key < capacity && key !== "";
  const write = (key: PropertyKey, value: unknown) => {
    if (isShared(key)) (shared as unknown as Fields)[key] = value;
    else if (typeof key === "string" && +key >= capacity) isApart = true;
    return set(list, key, value);
  };
  return new NativeProxy(list, {
    get(target, key, receiver) {
      const own = getOwnPropertyDescriptor(target, key);
      if (own === undefined || key === "length") return get(target, key, receiver) as unknown;
      return present(isShared(key) ? (shared as unknown as Fields)[key] : own.value);
    },
    set(target, key, value) {
      if (key !== "length") return write(key, kept(value));
      for (let index = +(value as number); index < target.length; index++) write(`${index}`, null);
      return set(target, key, value);
    },
    deleteProperty: (target, key) => {
      if (isShared(key)) return write(key, null);
      return deleteProperty(target, key);
    },
    defineProperty: (target, key, descriptor) => {
      if (key === "length") return defineProperty(target, key, descriptor);
      return canDefine(descriptor) && write(key, kept(descriptor.value));
    },
  });
}
