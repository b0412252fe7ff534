/**
 * Quoting for PowerShell, in forms that Windows PowerShell 5.1 and PowerShell 7 pass to programs alike. They differ in
 * arguments with double quotes, empty ones and ones that end with a backslash: those are never written. JSON goes through
 * standard input, in ASCII, because 5.1 turns everything else into question marks there.
 */
import { hiddenCharacters } from "../visible";
import { keyVariable } from "./copySource";
import type { Invocation, Word } from "./invocation";
import { asciiJson } from "./jsonText";

/** The line, or undefined when an argument has no form that both versions pass on. */
export function powerShellLine({ program, words, input }: Invocation): string | undefined {
  const all = input ? [...words, ...input.fromStdin] : words;
  const parts = all.map(argument);
  if (parts.includes(undefined)) return undefined;
  // In 5.1 the bare name is another command, Invoke-WebRequest.
  const name = program === "curl" ? "curl.exe" : program;
  const line = [name, ...parts].join(" ");
  return input ? `${quoted(asciiJson(input.json))} | ${line}` : line;
}

function argument(word: Word): string | undefined {
  return typeof word === "string" ? powerShellWord(word) : `"${word.keyAfter}$env:${keyVariable}"`;
}

/** One argument, or undefined when 5.1 and 7 would pass it on differently. NUL is left out. */
export function powerShellWord(text: string): string | undefined {
  const sendable = text.replaceAll("\0", "");
  if (sendable === "" || sendable.includes('"') || sendable.endsWith("\\")) return undefined;
  if (/^(?:-{0,2}[a-z][a-z0-9-]*|\d+)$/i.test(sendable)) return sendable;
  if (sendable.search(hiddenCharacters) < 0) return quoted(sendable);
  // 5.1 has no escape for characters by number, so they are added to the text.
  const pieces = sendable
    .split(new RegExp(`(${hiddenCharacters.source})`, "u"))
    .filter((piece) => piece !== "")
    .flatMap((piece) => (piece.search(hiddenCharacters) < 0 ? [quoted(piece)] : characters(piece)));
  return `(${["''", ...pieces].join(" + ")})`;
}

function characters(text: string): string[] {
  return text.split("").map((unit) => `[char]0x${unit.charCodeAt(0).toString(16)}`);
}

/** PowerShell takes the typographic single quotes for plain ones, too. */
function quoted(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
}
