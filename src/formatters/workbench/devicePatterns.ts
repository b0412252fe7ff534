/** Patterns of end device ids to bind a formatter to: made of the ids that are known, those that fit the file's name first. */
import { globMatches } from "../../util/glob";

export interface DevicePattern {
  readonly pattern: string;
  /** Known end devices that it is for. */
  readonly count: number;
  /** The file's name speaks of them. */
  readonly isFitting: boolean;
}

const maximumPatterns = 20;
const shortestWord = 3;
/** Words of file names that say nothing of an end device. */
const commonWords = new Set(
  "decoder encoder decode encode uplink downlink formatter payload codec codecs lora lorawan ttn tts index main test src lib".split(
    " ",
  ),
);

/**
 * A pattern is the part of an id before its last number, and is offered where it is for several end devices of one kind:
 * `pump-*` for pump-1 and pump-2, but not where pump-house-1 would be bound with them.
 * @param path of the formatter's file
 */
export function devicePatterns(path: string, ids: readonly string[]): readonly DevicePattern[] {
  const words = wordsOf(path);
  const prefixes = new Set(ids.flatMap((id) => prefixOf(id) ?? []));
  const patterns = [...prefixes].flatMap((prefix): DevicePattern[] => {
    const own = ids.filter((id) => globMatches(`${prefix}*`, id));
    const isOneKind = own.every((id) => prefixOf(id) === prefix);
    const isFitting = fits(words, prefix);
    return isOneKind ? [{ pattern: `${prefix}*`, count: own.length, isFitting }] : [];
  });
  return patterns
    .sort((a, b) => Number(b.isFitting) - Number(a.isFitting) || b.count - a.count)
    .slice(0, maximumPatterns);
}

/** Whether the name of the file speaks of an end device or of a pattern. */
export function fitsFile(path: string, id: string): boolean {
  return fits(wordsOf(path), id);
}

/** `pump-` of `pump-12`; undefined for ids that are numbers in hex, and those that end in no number. */
function prefixOf(id: string): string | undefined {
  if (/^(?:eui-)?[\da-f]{12,}$/.test(id)) return undefined;
  const end = id.length - (/\d{1,20}$/.exec(id)?.[0].length ?? 0);
  const prefix = id.slice(0, end);
  return end < id.length && /[a-z]/.test(prefix) ? prefix : undefined;
}

function fits(words: readonly string[], id: string): boolean {
  const parts = id.split(/[^a-z]+/).filter((part) => part.length >= shortestWord);
  return words.some((word) => parts.some((part) => part.startsWith(word) || word.startsWith(part)));
}

/** Of the file's name and the folder that it is in. */
function wordsOf(path: string): readonly string[] {
  const [file = "", folder = ""] = path.split("/").reverse();
  const name = `${folder} ${file.replace(/\.[^.]*$/, "")}`;
  return name
    .slice(0, 200)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length >= shortestWord && !commonWords.has(word));
}
