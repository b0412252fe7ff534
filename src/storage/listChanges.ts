/**
 * What windows did to the list of applications, so that each one changes the list as it is now: VS Code may show a window an
 * old copy of the settings for seconds, in the browser for ever.
 */
import { createHash } from "node:crypto";
import {
  applicationKey,
  parseApplicationSettings,
  type ApplicationSettings,
} from "../stack/applicationSettings";

/** One application put in the place of `key`, or taken away. */
export type ListChange =
  | { readonly type: "put"; readonly key: string; readonly settings: ApplicationSettings }
  | { readonly type: "remove"; readonly key: string };

export interface PastChange {
  readonly change: ListChange;
  /** Wall clock, milliseconds. */
  readonly at: number;
  /** Digest of the list that it led to. */
  readonly after: string;
}

/** Changes that are remembered: more are not made while a window starts or sleeps. */
export const maximumPast = 50;

/** The entries with one change made; making it twice is the same. */
export function applyChange(entries: readonly unknown[], change: ListChange): readonly unknown[] {
  if (change.type === "remove") return entries.filter((entry) => keyOf(entry) !== change.key);
  const { key, settings } = change;
  const own = new Set([key, applicationKey(settings)]);
  const isThere = entries.some((entry) => own.has(keyOf(entry) ?? ""));
  if (!isThere) return [...entries, settings];
  return entries.map((entry) => (own.has(keyOf(entry) ?? "") ? settings : entry));
}

/**
 * The entries after the changes that this window has not seen: those behind the last one whose list it has seen.
 * @param isSeen whether the window's settings have been, or begun, behind this change
 */
export function catchUp(
  entries: readonly unknown[],
  past: readonly PastChange[],
  isSeen: (each: PastChange) => boolean,
): readonly unknown[] {
  const missed = past.slice(past.findLastIndex(isSeen) + 1);
  return missed.reduce((list, { change }) => applyChange(list, change), entries);
}

/** Reads what was remembered; anything else is left out. */
export function parsePast(value: unknown): readonly PastChange[] {
  return Array.isArray(value) ? value.map(parseOne).filter((each) => each !== undefined) : [];
}

function parseOne(value: unknown): PastChange | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { change, at, after } = value as Readonly<Record<string, unknown>>;
  if (typeof at !== "number" || typeof after !== "string") return undefined;
  if (typeof change !== "object" || change === null) return undefined;
  const { type, key, settings } = change as Readonly<Record<string, unknown>>;
  if (typeof key !== "string") return undefined;
  if (type === "remove") return { change: { type, key }, at, after };
  const parsed = parseApplicationSettings(settings);
  if (type !== "put" || "problem" in parsed) return undefined;
  return { change: { type, key, settings: parsed.settings }, at, after };
}

/** The same for equal lists. */
export function listDigest(entries: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 32);
}

function keyOf(entry: unknown): string | undefined {
  const parsed = parseApplicationSettings(entry);
  return "settings" in parsed ? applicationKey(parsed.settings) : undefined;
}
