/** JSON with many parts, such as flows and exports: finds the part that is a connection of The Things Stack. */
import { isCluster, mayBeHost } from "./hostShapes";
import { labelKind } from "./labels";
import { uidOf } from "./uids";

const maximumObjects = 20_000;
const maximumDepth = 30;

type Entry = readonly [name: string, value: string];

/** One object with what is inside of it, as far as that has no host of its own. */
interface Group {
  readonly entries: readonly Entry[];
  readonly score: number;
}

/**
 * The lines of the likeliest connection in the JSON of this text, or undefined when it is no JSON or names no host. Two
 * that are equally likely are both given: then nobody knows which one is meant.
 */
export function narrowJson(text: string, isKey: (value: string) => boolean): string | undefined {
  const value = parseWithin(text);
  if (value === undefined) return undefined;
  const groups = collect(value, isKey);
  const best = Math.max(...groups.map(({ score }) => score));
  const chosen = groups.filter(({ score }) => score === best);
  if (chosen.length === 0) return undefined;
  return chosen
    .flatMap(({ entries }) => entries)
    .slice(0, 2_000)
    .map(([name, each]) => `${name} = "${each}"\n`)
    .join("");
}

/** The JSON from the first bracket to the last, words around it left out. */
function parseWithin(text: string): unknown {
  const begin = text.search(/[[{]\s*["{[]/);
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  if (begin < 0 || end <= begin) return undefined;
  try {
    return JSON.parse(text.slice(begin, end + 1)) as unknown;
  } catch {
    return undefined; // a piece of JSON, or code that looks like it: read as any other text
  }
}

function collect(root: unknown, isKey: (value: string) => boolean): Group[] {
  const groups: Group[] = [];
  let objects = 0;
  /** Returns the entries of a value that has no host itself. */
  const visit = (value: unknown, name: string, depth: number): Entry[] => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      return [[name, String(value).slice(0, 300)]];
    }
    if (typeof value !== "object" || value === null || depth > maximumDepth) return [];
    if (++objects > maximumObjects) return [];
    const entries = Object.entries(value).flatMap(([key, each]) =>
      visit(each, Array.isArray(value) ? name : key, depth + 1),
    );
    if (!entries.some(isHostEntry)) return entries;
    groups.push({ entries, score: scoreOf(entries, isKey) });
    return [];
  };
  visit(root, "", 0);
  return groups;
}

function isHostEntry([name, value]: Entry): boolean {
  if (labelKind(name) !== "host") return false;
  return /^[a-z+]{2,10}:\/\/[^/]/i.test(value)
    ? !/^https?:/i.test(value)
    : mayBeHost(withoutPort(value), true);
}

const withoutPort = (value: string) => value.replace(/:\d{1,9}$/, "");

function scoreOf(entries: readonly Entry[], isKey: (value: string) => boolean): number {
  const hosts = entries.filter(isHostEntry).map(([, value]) => value.toLowerCase());
  const clusters = hosts.some((host) =>
    isCluster(withoutPort(host).replace(/^[a-z+]+:\/\/(?:[^@]*@)?/, "")),
  );
  const hasUser = entries.some(
    ([name, value]) => labelKind(name) === "application" && uidOf(value) !== undefined,
  );
  return (
    (clusters ? 8 : 0) + (entries.some(([, value]) => isKey(value)) ? 4 : 0) + (hasUser ? 2 : 0)
  );
}
