/** The `data` of an encoder's input: on the server an object of its own kind, where nothing is undefined (formatters §1.2). */
import { enumerableKeys, isArray, NativeProxy } from "./captured";

const handler: ProxyHandler<object> = {
  set(target, key, value) {
    return Reflect.set(target, key, value === undefined ? null : value);
  },
};

/** An object that stores undefined as null; an empty object is null. */
export function hostObject(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const keys = enumerableKeys(value);
  if (keys.length === 0 && !isArray(value)) return null;
  const fields = value as Record<string, unknown>;
  for (const key of keys) fields[key] = hostObject(fields[key]);
  return new NativeProxy(value, handler);
}
