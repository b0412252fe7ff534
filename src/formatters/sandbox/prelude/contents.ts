/** What is in the built-in collections, read without running anything of a formatter's. */
import {
  enumerableKeys,
  getter,
  makeList,
  method,
  NativeMap,
  NativeSet,
  typedArrayPrototype,
} from "./captured";

const mapEntries = method(NativeMap.prototype, "forEach");
const setEntries = method(NativeSet.prototype, "forEach");
const toNumber = Number;
export const lengthOf = getter(typedArrayPrototype, "length");

export function itemsOf(set: object): unknown[] {
  const items = makeList<unknown>();
  setEntries(set, (item: unknown) => void (items[items.length] = item));
  return items;
}

export function pairsOf(map: object): (readonly [unknown, unknown])[] {
  const pairs = makeList<readonly [unknown, unknown]>();
  mapEntries(map, (item: unknown, key: unknown) => void (pairs[pairs.length] = [key, item]));
  return pairs;
}

/** The server keeps 64-bit elements as numbers, unlike a BigInt by itself. */
export function numbersIn(list: object): object {
  if (typeof (list as { 0?: unknown })[0] !== "bigint") return list;
  const numbers = makeList<number>();
  const length = lengthOf(list) as number;
  for (let index = 0; index < length; index++) {
    numbers[index] = toNumber((list as bigint[])[index]);
  }
  return numbers;
}

/** The keys of a boxed string without its characters. */
export function ownNames(value: object): [keys: string[], length: number] {
  const keys = makeList<string>();
  const all = enumerableKeys(value);
  const { length } = value as { length: number };
  for (let index = 0; index < all.length; index++) {
    const key = all[index] ?? "";
    if (!(+key >= 0 && +key < length)) keys[keys.length] = key;
  }
  return [keys, keys.length];
}
