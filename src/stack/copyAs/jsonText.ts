/** JSON in forms that survive a terminal, a shell and a pipe. */
import { hiddenCharacters } from "../visible";

/** The same value with hidden characters, on which a terminal could act, written as `\uXXXX`. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(hiddenCharacters, escapeUnits);
}

/** The same value with everything in its strings and names written as `\uXXXX` that a shell could act on. */
export function asciiJson(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (token) => {
    const text = String(JSON.parse(token));
    return `"${text.replace(/[^\w .:/+=-]/g, escapeUnits)}"`;
  });
}

function escapeUnits(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
