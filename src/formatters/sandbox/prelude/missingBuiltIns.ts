/** Built-ins of the sandbox's engine that the server's engine does not have (formatters §1.5, measured). */
const typedArrayChanges = ["with", "toReversed", "toSorted"];

const never: Readonly<Record<string, string>> = {
  "": "InternalError Iterator SharedArrayBuffer Atomics Float16Array WeakRef FinalizationRegistry queueMicrotask performance print console navigator DOMException",
  Object: "groupBy",
  "Object.prototype": "__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__",
  "Function.prototype": "fileName lineNumber columnNumber",
  Array: "fromAsync",
  "String.prototype":
    "isWellFormed toWellFormed anchor big blink bold fixed fontcolor fontsize italics link small strike sub sup",
  Symbol: "asyncIterator",
  "Date.prototype": "toGMTString getYear setYear",
  Promise: "try withResolvers",
  RegExp: "escape",
  "RegExp.prototype": "unicodeSets hasIndices",
  Error: "isError captureStackTrace prepareStackTrace stackTraceLimit",
  "ArrayBuffer.prototype": "maxByteLength resizable detached resize transfer transferToFixedLength",
  "DataView.prototype": "getFloat16 setFloat16",
  Map: "groupBy",
  "Map.prototype": "getOrInsert getOrInsertComputed",
  Set: "groupBy",
  "Set.prototype":
    "isDisjointFrom isSubsetOf isSupersetOf intersection difference symmetricDifference union",
  "WeakMap.prototype": "getOrInsert getOrInsertComputed",
  Math: "f16round sumPrecise",
};

/** What came with the engine of 3.33.1. */
const notBefore3331: Readonly<Record<string, string>> = {
  "": "BigInt BigInt64Array BigUint64Array",
  "Array.prototype": "with toReversed toSorted toSpliced",
  "RegExp.prototype": "dotAll",
  "DataView.prototype": "getBigInt64 getBigUint64 setBigInt64 setBigUint64",
};

export function removeMissing(world: object, isBefore3331: boolean): void {
  remove(world, never);
  if (!isBefore3331) return;
  remove(world, notBefore3331);
  for (const name of typedArrayChanges) {
    Reflect.deleteProperty(Reflect.getPrototypeOf(Uint8Array.prototype) ?? {}, name);
  }
}

function remove(world: object, table: Readonly<Record<string, string>>): void {
  for (const path of Object.keys(table)) {
    let owner: object | undefined = world;
    for (const name of path === "" ? [] : path.split(".")) {
      owner = owner && (Reflect.get(owner, name) as object | undefined);
    }
    for (const name of (table[path] ?? "").split(" ")) {
      if (owner) Reflect.deleteProperty(owner, name);
    }
  }
}
