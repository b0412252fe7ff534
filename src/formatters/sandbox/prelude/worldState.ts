/** Notices what a formatter left behind outside its own closure, so that no state reaches the next call. */
import {
  deleteProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isExtensible,
  makeList,
  NativeSet,
  method,
  ownKeys,
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
  globalCount = ownKeys(world).length;
}

/** Objects that only syntax leads to. */
function hidden(): unknown[] {
  const iterators = [[].values(), new Map().values(), new Set().values(), "".matchAll(/./g)];
  return [
    ...iterators.map((each) => getPrototypeOf(each)),
    getPrototypeOf(""[Symbol.iterator]()),
    // eslint-disable-next-line @typescript-eslint/no-empty-function
    getPrototypeOf(function* () {}),
    // eslint-disable-next-line @typescript-eslint/no-empty-function
    getPrototypeOf(async () => {}),
  ];
}

/** Deletes the globals that a call made. False where one cannot be deleted. */
export function sweepGlobals(): boolean {
  const keys = ownKeys(world);
  if (keys.length === globalCount) return true;
  const known = remembered[0];
  if (known === undefined) return false;
  let isClean = true;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === undefined || includes(known.keys, key)) continue;
    if (!deleteProperty(world, key)) isClean = false;
  }
  return isClean && ownKeys(world).length === globalCount;
}

function includes(keys: readonly PropertyKey[], wanted: PropertyKey): boolean {
  for (let index = 0; index < keys.length; index++) if (keys[index] === wanted) return true;
  return false;
}

/** Whether every built-in is as it was remembered. */
export function isWorldClean(): boolean {
  for (let index = 0; index < remembered.length; index++) {
    const each = remembered[index];
    if (each !== undefined && !isSame(each)) return false;
  }
  return true;
}

function isSame({ object, prototype, canExtend, keys, descriptors }: Remembered): boolean {
  if (getPrototypeOf(object) !== prototype || isExtensible(object) !== canExtend) return false;
  const now = ownKeys(object);
  if (now.length !== keys.length) return false;
  for (let index = 0; index < now.length; index++) {
    const key = keys[index];
    const before = descriptors[index];
    if (key === undefined || before === undefined || now[index] !== key) return false;
    if (!isSameProperty(object, key, before)) return false;
  }
  return true;
}

/** Reads a value rather than its descriptor, which costs ten times as much; see globalScope.ts for what that misses. */
function isSameProperty(object: object, key: PropertyKey, before: PropertyDescriptor): boolean {
  if (before.get === undefined && before.set === undefined) {
    const value: unknown = (object as Record<PropertyKey, unknown>)[key];
    return value === before.value || (value !== value && before.value !== before.value);
  }
  const after = getOwnPropertyDescriptor(object, key);
  return before.get === after?.get && before.set === after?.set;
}
