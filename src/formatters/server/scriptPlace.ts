/** Turns places in the wrapped script, where the engine counts, into places in the formatter's own file. */
import type { Place } from "./serverErrors";
import { scriptColumn, scriptLine } from "../sandbox/wrapper";

const lineEnd = /\r\n|[\n\r\u2028\u2029]/;

/** The innermost call of a stack that is in the file, if there is one. */
export function placeIn(stack: string, source: string): Place | undefined {
  const lines = source.split(lineEnd).length;
  for (const [, line = "", column = ""] of stack.matchAll(/<eval>:(\d+):(\d+)/g)) {
    const place = toFile(Number(line), Number(column));
    if (place.line >= 1 && place.line <= lines) return place;
  }
  return undefined;
}

/** Where a script stops making sense; what is only missed after its end is put at its end. */
export function syntaxPlace(
  { line, column }: { readonly line: number; readonly column: number },
  source: string,
): Place | undefined {
  if (line === 0) return undefined;
  const lines = source.split(lineEnd);
  const place = toFile(line, column);
  if (place.line <= lines.length) return { ...place, line: Math.max(1, place.line) };
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function toFile(line: number, column: number): Place {
  const shift = line === scriptLine ? scriptColumn - 1 : 0;
  return { line: line - scriptLine + 1, column: Math.max(1, column - shift) };
}
