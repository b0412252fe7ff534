/**
 * Quoting for cmd. It has no form for a percent sign that holds at the prompt and in a batch file alike, so arguments with
 * one are never written. JSON is echoed into standard input, with everything written out that cmd could act on.
 */
import { hiddenCharacters } from "../visible";
import { keyVariable } from "./copySource";
import type { Invocation, Word } from "./invocation";
import { asciiJson } from "./jsonText";

/** The longest line that cmd takes is 8191 characters, with the values of its variables. */
const maximumLine = 7_000;

/** The line, or undefined when there is none that cmd reads as meant. */
export function cmdLine({ program, words, input }: Invocation): string | undefined {
  const all = input ? [...words, ...input.fromStdin] : words;
  const parts = all.map(argument);
  if (parts.includes(undefined)) return undefined;
  const command = [program, ...parts].join(" ");
  const line = input ? `echo ${asciiJson(input.json)}| ${command}` : command;
  return line.length > maximumLine ? undefined : line;
}

function argument(word: Word): string | undefined {
  return typeof word === "string" ? cmdWord(word) : `"${word.keyAfter}%${keyVariable}%"`;
}

/** One argument, or undefined when cmd has no form for it. */
export function cmdWord(text: string): string | undefined {
  if (/["%!]|\\$/.test(text) || text.search(hiddenCharacters) >= 0) return undefined;
  return /^[\w@+:./-]+$/.test(text) ? text : `"${text}"`;
}
