/** Notices a script that looks for its own variables on the global object: run as a closure, it has none there. */
import { defineProperty, getOwnPropertyDescriptor, makeList, world } from "./captured";

let isSeen = false;
const guarded = makeList<string>();

const see = () => {
  isSeen = true;
};

/** Puts a trap in the place of each variable; the script's own mentions of them never get here. */
export function guardNames(names: readonly string[]): void {
  for (const name of names) {
    if (getOwnPropertyDescriptor(world, name) !== undefined) continue;
    guarded[guarded.length] = name;
    defineProperty(world, name, { get: see, set: see, enumerable: true, configurable: true });
  }
}

export function isGuardTouched(): boolean {
  return isSeen;
}

export function isGuardGone(): boolean {
  for (let index = 0; index < guarded.length; index++) {
    if (getOwnPropertyDescriptor(world, guarded[index] ?? "") === undefined) return true;
  }
  return false;
}
