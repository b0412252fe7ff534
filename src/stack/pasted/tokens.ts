/** Cuts a text into words, quoted strings and marks, the same for prose, commands, code and configuration files. */

export interface Token {
  readonly kind: "word" | "string" | "mark";
  /** A string without its quotes. */
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
}

/** Quoted texts that are longer are no values. */
const maximumString = 300;
const marks = new Set("()[]{}<>,;=|&\n*#");
const quotes = new Set("\"'`");

/** Reads once from the beginning to the end; a quote looks at most `maximumString` characters ahead. */
export function tokenise(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let start = -1;
  const endWord = (end: number) => {
    if (start >= 0) pushWord(tokens, text.slice(start, end), start);
    start = -1;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const isApostrophe = char === "'" && start >= 0;
    if (quotes.has(char) && !isApostrophe) {
      endWord(at);
      const end = endOfString(text, at);
      if (end > at) {
        tokens.push({ kind: "string", text: text.slice(at + 1, end), at });
        at = end;
      }
    } else if (marks.has(char)) {
      endWord(at);
      tokens.push({ kind: "mark", text: char, at });
    } else if (char.trim() === "" || isApostrophe) endWord(at);
    else if (start < 0) start = at;
  }
  endWord(text.length);
  return tokens;
}

/** Where the string that begins here ends, or -1: a value has no blanks and no other quotes inside. */
function endOfString(text: string, at: number): number {
  const quote = text.charAt(at);
  for (let end = at + 1; end < text.length && end - at <= maximumString; end++) {
    const char = text.charAt(end);
    if (char === quote) return end;
    if (char.trim() === "" || quotes.has(char)) return -1;
  }
  return -1;
}

/** A colon after a word, and full stops and such at its end, are marks and not of the word. */
function pushWord(tokens: Token[], word: string, at: number): void {
  let end = word.length;
  while (end > 0 && ".!?:*_…。".includes(word.charAt(end - 1))) end--;
  if (end === 0) {
    if (word.includes(":")) tokens.push({ kind: "mark", text: ":", at });
    return;
  }
  let begin = 0;
  while (begin < end && ":*!".includes(word.charAt(begin))) begin++;
  if (word.slice(0, begin).includes(":")) tokens.push({ kind: "mark", text: ":", at });
  tokens.push({ kind: "word", text: word.slice(begin, end), at: at + begin });
  if (word.slice(end).includes(":")) tokens.push({ kind: "mark", text: ":", at: at + end });
}
