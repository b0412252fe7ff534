/** Named groups as the server's engine knows them: patterns may have them, matches do not, and they count after the others. */
import { createObject, deleteProperty, getter, makeList, method, textOf } from "./captured";
import { replace } from "./replace";

type Match = unknown[] & { groups?: unknown };

const exec = method(RegExp.prototype, "exec");
const sourceOf = getter(RegExp.prototype, "source");

export function useServerGroups(): void {
  const holder = {
    exec(this: unknown, text: unknown) {
      const match = exec(this, textOf(text)) as Match | null;
      if (match === null) return null;
      if (match.groups !== undefined) reorder(match, orderOf(sourceOf(this) as string));
      deleteProperty(match, "groups");
      return match;
    },
  };
  replace(RegExp.prototype, "exec", holder.exec);
}

function reorder(match: Match, order: readonly number[]): void {
  const before = makeList<unknown>();
  for (let index = 0; index < match.length; index++) before[index] = match[index];
  for (let index = 0; index < order.length; index++) match[index + 1] = before[order[index] ?? 0];
}

const orders = createObject(null) as Record<string, readonly number[]>;

/** The groups' numbers in the server's order. */
function orderOf(source: string): readonly number[] {
  const known = orders[source];
  if (known !== undefined) return known;
  const plain = makeList<number>();
  const named = makeList<number>();
  let isInClass = false;
  for (let at = 0; at < source.length; at++) {
    const sign = source[at];
    if (sign === "\\") at += 1;
    else if (isInClass) isInClass = sign !== "]";
    else if (sign === "[") isInClass = true;
    else if (sign === "(") {
      const number = plain.length + named.length + 1;
      if (source[at + 1] !== "?") plain[plain.length] = number;
      else if (source[at + 2] === "<" && source[at + 3] !== "=" && source[at + 3] !== "!") {
        named[named.length] = number;
      }
    }
  }
  for (let index = 0; index < named.length; index++) plain[plain.length] = named[index] ?? 0;
  return (orders[source] = plain);
}
