/**
 * Sorting with a comparator as the server does it. With one that does not know "less", such as `(a, b) => a > b`, the
 * order is up to the algorithm: this is sort.Stable of Go's library, insertion sort and SymMerge.
 */
import {
  apply,
  deleteProperty,
  getter,
  isArray,
  makeList,
  method,
  typedArrayPrototype,
} from "./captured";
import { replace } from "./replace";

type Compare = (left: unknown, right: unknown) => unknown;
type List = Record<number, unknown> & { length: number };

const blockSize = 20;

let items: unknown[];
let compare: Compare;

export function useServerSort(): void {
  const native = method(Array.prototype, "sort");
  const nativeTyped = method(typedArrayPrototype, "sort");
  const typedLength = getter(typedArrayPrototype, "length");
  const { sort, toSorted, typed } = {
    sort(this: unknown, compareFn?: unknown) {
      const isList: boolean = isArray(this);
      if (typeof compareFn !== "function" || !isList) return native(this, compareFn);
      sortInto(this as List, compareFn as Compare);
      return this;
    },
    toSorted(this: unknown, compareFn?: unknown) {
      const copy: unknown[] = [];
      const { length } = this as List;
      copy.length = length;
      for (let index = 0; index < length; index++) copy[index] = (this as List)[index];
      const sorted: unknown = apply(sort, copy, compareFn === undefined ? [] : [compareFn]);
      return sorted;
    },
    typed(this: unknown, compareFn?: unknown) {
      // Throws for what is no typed array.
      if (typeof compareFn !== "function") return nativeTyped(this, compareFn);
      typedLength(this);
      sortInto(this as List, compareFn as Compare);
      return this;
    },
  };
  Object.defineProperty(typed, "name", { value: "sort", configurable: true });
  for (const each of [sort, typed]) {
    Object.defineProperty(each, "length", { value: 1, configurable: true });
  }
  Object.defineProperty(toSorted, "length", { value: 1, configurable: true });
  replace(Array.prototype, "sort", sort);
  replace(typedArrayPrototype, "sort", typed);
  if ("toSorted" in Array.prototype) replace(Array.prototype, "toSorted", toSorted);
}

/** Holes come last. */
function sortInto(self: List, compareFn: Compare): void {
  const { length } = self;
  const list = makeList<unknown>();
  for (let index = 0; index < length; index++) {
    if (index in self) list[list.length] = self[index];
  }
  // A comparator may sort as well.
  const [outerItems, outerCompare] = [items, compare];
  try {
    items = list;
    compare = compareFn;
    sortStable(list.length);
  } finally {
    items = outerItems;
    compare = outerCompare;
  }
  for (let index = 0; index < list.length; index++) self[index] = list[index];
  for (let index = list.length; index < length; index++) deleteProperty(self, index);
}

/** Whether the item at `left` belongs before that at `right`. Undefined comes last. */
function isLess(left: number, right: number): boolean {
  const [x, y] = [items[left], items[right]];
  if (x === undefined || y === undefined) return x !== undefined;
  const self = items;
  const by = compare;
  const order = +(by(x, y) as number);
  items = self;
  compare = by;
  return order < 0 || (order === 0 && 1 / order < 0);
}

function swap(left: number, right: number): void {
  const item = items[left];
  items[left] = items[right];
  items[right] = item;
}

function sortStable(length: number): void {
  for (let from = 0; from < length; from += blockSize) {
    insertionSort(from, from + blockSize < length ? from + blockSize : length);
  }
  for (let size = blockSize; size < length; size *= 2) {
    let from = 0;
    for (; from + 2 * size <= length; from += 2 * size) merge(from, from + size, from + 2 * size);
    if (from + size < length) merge(from, from + size, length);
  }
}

function insertionSort(from: number, to: number): void {
  for (let index = from + 1; index < to; index++) {
    for (let at = index; at > from && isLess(at, at - 1); at--) swap(at, at - 1);
  }
}

const half = (sum: number) => (sum - (sum % 2)) / 2;

function merge(from: number, middle: number, to: number): void {
  if (middle - from === 1) mergeFirst(from, middle, to);
  else if (to - middle === 1) mergeLast(from, middle);
  else mergeHalves(from, middle, to);
}

function mergeFirst(first: number, from: number, to: number): void {
  let low = from;
  let high = to;
  while (low < high) {
    const at = half(low + high);
    if (isLess(at, first)) low = at + 1;
    else high = at;
  }
  for (let at = first; at < low - 1; at++) swap(at, at + 1);
}

function mergeLast(from: number, last: number): void {
  let low = from;
  let high = last;
  while (low < high) {
    const at = half(low + high);
    if (isLess(last, at)) high = at;
    else low = at + 1;
  }
  for (let at = last; at > low; at--) swap(at, at - 1);
}

function mergeHalves(from: number, middle: number, to: number): void {
  const centre = half(from + to);
  const sum = centre + middle;
  let start = middle > centre ? sum - to : from;
  let end = middle > centre ? centre : middle;
  while (start < end) {
    const at = half(start + end);
    if (isLess(sum - 1 - at, at)) end = at;
    else start = at + 1;
  }
  const rest = sum - start;
  if (start < middle && middle < rest) rotate(start, middle, rest);
  if (from < start && start < centre) merge(from, start, centre);
  if (centre < rest && rest < to) merge(centre, rest, to);
}

function rotate(from: number, middle: number, to: number): void {
  let left = middle - from;
  let right = to - middle;
  while (left !== right) {
    if (left > right) {
      swapRange(middle - left, middle, right);
      left -= right;
    } else {
      swapRange(middle - left, middle + right - left, left);
      right -= left;
    }
  }
  swapRange(middle - left, middle, left);
}

function swapRange(left: number, right: number, count: number): void {
  for (let index = 0; index < count; index++) swap(left + index, right + index);
}
