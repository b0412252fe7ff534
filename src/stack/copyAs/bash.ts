/** Quoting for bash and zsh, so that any text is one argument and nothing in it is run. */
import { hiddenCharacters } from "../visible";
import { keyVariable } from "./copySource";
import type { Invocation, Word } from "./invocation";

export function bashLine({ program, words, input }: Invocation): string {
  const all = input ? [...words, input.option, input.json] : words;
  return [program, ...all.map(argument)].join(" ");
}

function argument(word: Word): string {
  return typeof word === "string" ? bashWord(word) : `"${word.keyAfter}$${keyVariable}"`;
}

/** One argument. NUL, which no argument can hold, is left out. */
export function bashWord(text: string): string {
  // zsh looks a word that begins with = up as a program.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(text)) return text;
  if (text.search(hiddenCharacters) < 0) return `'${text.replaceAll("'", "'\\''")}'`;
  // A terminal acts on control characters that are pasted, so they are written out, as bytes whatever the locale.
  const escaped = text
    .replaceAll("\0", "")
    .replace(/[\\']/g, "\\$&")
    .replaceAll("!", "\\x21")
    .replace(hiddenCharacters, (character) =>
      Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(
        "",
      ),
    );
  return `$'${escaped}'`;
}
