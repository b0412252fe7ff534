/** Notices and undoes what a formatter left behind outside its own closure, so that no state reaches the next call. */
import {
  createObject,
  defineProperty,
  deleteProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isExtensible,
  makeList,
  NativeSet,
  method,
  ownKeys,
  setPrototypeOf,
  world,
} from "./captured";

interface Remembered {
  readonly object: object;
  readonly prototype: object | null;
  readonly canExtend: boolean;
  readonly keys: readonly PropertyKey[];
  readonly descriptors: readonly PropertyDescriptor[];
}

const remembered = makeList<Remembered>();
let globalCount = 0;
const globalNames = createObject(null) as Record<PropertyKey, boolean>;

/** Remembers every built-in object that a script can reach. */
export function rememberWorld(): void {
  const seen = new NativeSet<object>();
  const add = method(NativeSet.prototype, "add");
  const has = method(NativeSet.prototype, "has");
  const waiting: unknown[] = [world, ...hidden()];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ((typeof next !== "object" && typeof next !== "function") || next === null) continue;
    if (has(seen, next) === true) continue;
    add(seen, next);
    const prototype = getPrototypeOf(next);
    const keys = ownKeys(next);
    const descriptors = makeList<PropertyDescriptor>();
    for (const key of keys) {
      const descriptor = getOwnPropertyDescriptor(next, key) ?? {};
      descriptors[descriptors.length] = descriptor;
      waiting.push(descriptor.value ?? 0, descriptor.get ?? 0, descriptor.set ?? 0);
    }
    waiting.push(prototype ?? 0);
    const canExtend = isExtensible(next);
    remembered[remembered.length] = { object: next, prototype, canExtend, keys, descriptors };
  }
  const names = ownKeys(world);
  globalCount = names.length;
  for (const name of names) globalNames[name] = true;
}

/** Objects that only syntax leads to. */
function hidden(): unknown[] {
  const iterators = [[].values(), new Map().values(), new Set().values(), "".matchAll(/./g)];
  return [
    ...iterators.map((each) => getPrototypeOf(each)),
    getPrototypeOf(""[Symbol.iterator]()),
    // eslint-disable-next-line @typescript-eslint/no-empty-function -- only its prototype is wanted
    getPrototypeOf(function* () {}),
    // eslint-disable-next-line @typescript-eslint/no-empty-function -- only its prototype is wanted
    getPrototypeOf(async () => {}),
  ];
}

/** What a call did to the world outside its closure: nothing that lasts, or something that cannot be undone. */
export type Trace = "clean" | "restored" | "lost";

/** Objects that a call changed before: they are put back after each call, and everything else only now and then. */
const watched = makeList<Remembered>();

/** Deletes the globals that a call made and puts back what is known to change. */
export function sweep(): Trace {
  for (let index = 0; index < watched.length; index++) {
    const each = watched[index];
    if (each !== undefined && !isSame(each, true) && !restore(each)) return "lost";
  }
  return sweepGlobals();
}

function sweepGlobals(): Trace {
  const keys = ownKeys(world);
  if (keys.length === globalCount) return "clean";
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? "";
    if (globalNames[key as string] !== true) deleteProperty(world, key);
  }
  return ownKeys(world).length === globalCount ? "restored" : "lost";
}

/** Puts back every built-in that is not as it was remembered; `isThorough` looks at flags as well as values. */
export function restoreWorld(isThorough: boolean): Trace {
  let trace: Trace = "clean";
  for (let index = 0; index < remembered.length; index++) {
    const each = remembered[index];
    if (each === undefined || isSame(each, isThorough)) continue;
    if (!restore(each)) return "lost";
    if (!includes(watched, each)) watched[watched.length] = each;
    trace = "restored";
  }
  return trace;
}

function restore(each: Remembered): boolean {
  const { object, prototype, keys, descriptors } = each;
  if (isExtensible(object) !== each.canExtend) return false;
  if (getPrototypeOf(object) !== prototype && !setPrototypeOf(object, prototype)) return false;
  const now = ownKeys(object);
  for (let index = 0; index < now.length; index++) {
    const key = now[index] ?? "";
    if (!includes(keys, key) && !deleteProperty(object, key)) return false;
  }
  for (let index = 0; index < keys.length; index++) {
    const descriptor = descriptors[index];
    if (descriptor && !defineProperty(object, keys[index] ?? "", descriptor)) return false;
  }
  return isSame(each, true);
}

function includes<Item>(list: readonly Item[], wanted: Item): boolean {
  for (let index = 0; index < list.length; index++) if (list[index] === wanted) return true;
  return false;
}

function isSame(each: Remembered, isThorough: boolean): boolean {
  const { object, prototype, canExtend, keys, descriptors } = each;
  if (getPrototypeOf(object) !== prototype || isExtensible(object) !== canExtend) return false;
  if (ownKeys(object).length !== keys.length) return false;
  for (let index = 0; index < keys.length; index++) {
    const before = descriptors[index];
    if (before === undefined) return false;
    const key = keys[index] ?? "";
    const same = isThorough || before.value === undefined ? hasSameFlags : hasSameValue;
    if (!same(object, key, before)) return false;
  }
  return true;
}

/** Reading a value costs a tenth of reading its descriptor. */
function hasSameValue(object: object, key: PropertyKey, before: PropertyDescriptor): boolean {
  return isIdentical((object as Record<PropertyKey, unknown>)[key], before.value);
}

function hasSameFlags(object: object, key: PropertyKey, before: PropertyDescriptor): boolean {
  const after = getOwnPropertyDescriptor(object, key);
  return (
    after !== undefined &&
    isIdentical(after.value, before.value) &&
    before.get === after.get &&
    before.set === after.set &&
    before.writable === after.writable &&
    before.enumerable === after.enumerable &&
    before.configurable === after.configurable
  );
}

function isIdentical(left: unknown, right: unknown): boolean {
  return left === right || (left !== left && right !== right);
}
