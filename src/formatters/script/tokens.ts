/** Splits JavaScript into tokens in one pass: comments are left out, strings, templates and regular expressions stay whole. */

export type TokenKind = "name" | "number" | "string" | "template" | "regex" | "punctuator";

export interface Token {
  readonly kind: TokenKind;
  /** As written. Of a template literal each piece between its expressions is a token. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** True when a line ends between the token before and this one. */
  readonly isAfterLineEnd: boolean;
}

const gap = /(?:[\s\ufeff]+|\/\/[^\n\r\u2028\u2029]*|\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/|$))+/y;
const lineEnd = /[\n\r\u2028\u2029]/;
const name =
  /#?(?:[\p{ID_Start}$_]|\\u(?:[\dA-Fa-f]{4}|\{[\dA-Fa-f]{1,6}\}))[\p{ID_Continue}$\u200c\u200d]*/uy;
const number = /0[xXbBoO][\dA-Fa-f_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?/y;
const string =
  /"(?:[^"\\\n\r]|\\(?:\r\n|[^]))*(?:"|\\?$|(?=[\n\r]))|'(?:[^'\\\n\r]|\\(?:\r\n|[^]))*(?:'|\\?$|(?=[\n\r]))/y;
const template = /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{|\\?$)/y;
const regex = /\/(?:[^\\/[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*\])+\/[\p{ID_Continue}$]*/uy;
const punctuator =
  />>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|\*\*|[^]/y;

/** After these words an expression begins, so a slash there opens a regular expression. */
const beforeExpression = new Set(
  "return typeof instanceof in of new delete void throw case do else yield await".split(" "),
);
const beforeCondition = new Set(["if", "while", "for", "with"]);

/** What an open bracket is, which decides what a slash after its end means. */
type Bracket = "condition" | "group" | "block" | "object" | "template";

/**
 * Never throws; what is no JavaScript comes out as punctuators of one character.
 * @param maximum tokens after which it ends
 */
export function tokenize(source: string, maximum = Infinity): readonly Token[] {
  return new Tokenizer(source).tokens(maximum);
}

class Tokenizer {
  private at = 0;
  private readonly found: Token[] = [];
  private readonly open: Bracket[] = [];
  /** Whether the value before is complete, so that a slash divides it. */
  private isAfterValue = false;
  /** A slash before this place opens nothing: one on its line was tried already. Keeps hostile lines linear. */
  private noRegexBefore = 0;

  constructor(private readonly source: string) {}

  tokens(maximum: number): readonly Token[] {
    if (this.source.startsWith("#!")) this.at = endOfLine(this.source, 0);
    for (;;) {
      const isAfterLineEnd = lineEnd.test(this.match(gap) ?? "");
      if (this.at >= this.source.length || this.found.length >= maximum) return this.found;
      this.next(isAfterLineEnd);
    }
  }

  private next(isAfterLineEnd: boolean): void {
    const start = this.at;
    const add = (kind: TokenKind, isValue: boolean, text: string) => {
      this.found.push({ kind, text, start, end: this.at, isAfterLineEnd });
      this.isAfterValue = isValue;
    };
    const first = this.source.charAt(start);
    let text: string | undefined;
    if (first === "`" || (first === "}" && this.open.at(-1) === "template")) {
      if (first === "}") this.open.pop();
      this.at++;
      text = first + (this.match(template) ?? "");
      const isOpen = text.endsWith("${");
      if (isOpen) this.open.push("template");
      add("template", !isOpen, text);
    } else if ((text = this.match(name)) !== undefined) {
      const isMember = /^\??\.$/.test(this.found.at(-1)?.text ?? "");
      add("name", isMember || !beforeExpression.has(text), text);
    } else if (/[\d.]/.test(first) && (text = this.match(number)) !== undefined) {
      add("number", true, text);
    } else if ((text = this.match(string)) !== undefined) add("string", true, text);
    else if (first === "/" && !this.isAfterValue && (text = this.matchRegex()) !== undefined) {
      add("regex", true, text);
    } else {
      text = this.match(punctuator) ?? first;
      const isValue = this.follow(text);
      add("punctuator", isValue, text);
    }
  }

  /** Keeps count of the brackets; true when the punctuator ends a value. */
  private follow(text: string): boolean {
    const before = this.found.at(-1);
    switch (text) {
      case "(":
        this.open.push(
          before?.kind === "name" && beforeCondition.has(before.text) ? "condition" : "group",
        );
        return false;
      case "[":
        this.open.push("group");
        return false;
      case "{":
        this.open.push(this.opensObject(before) ? "object" : "block");
        return false;
      case ")":
      case "]":
        return this.open.pop() !== "condition";
      case "}":
        return this.open.pop() === "object";
      default:
        return (text === "++" || text === "--") && this.isAfterValue;
    }
  }

  private opensObject(before: Token | undefined): boolean {
    if (before === undefined) return false;
    if (before.kind === "name")
      return beforeExpression.has(before.text) && !/^(?:do|else)$/.test(before.text);
    if (before.text === ":") return this.open.at(-1) === "object" || this.open.at(-1) === "group";
    return before.kind === "template" ? !this.isAfterValue : !/^(?:[;{})\]]|=>)$/.test(before.text);
  }

  private matchRegex(): string | undefined {
    if (this.at < this.noRegexBefore) return undefined;
    const text = this.match(regex);
    if (text === undefined) this.noRegexBefore = endOfLine(this.source, this.at);
    return text;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.source)?.[0];
    if (text === undefined || text === "") return undefined;
    this.at += text.length;
    return text;
  }
}

function endOfLine(source: string, from: number): number {
  let at = from;
  while (at < source.length && !lineEnd.test(source.charAt(at))) at++;
  return at;
}

/** For each opening bracket the index of the token that closes it, and the other way round; -1 where none does. */
export function matchBrackets(tokens: readonly Token[]): Int32Array {
  const partner = new Int32Array(tokens.length).fill(-1);
  const open: { readonly index: number; readonly end: string }[] = [];
  tokens.forEach((token, index) => {
    const { text } = token;
    if (token.kind === "template") {
      if (text.startsWith("}") && open.at(-1)?.end === "`") join(index);
      if (text.endsWith("${")) open.push({ index, end: "`" });
    } else if (token.kind === "punctuator") {
      const end = ends.get(text);
      if (end !== undefined) open.push({ index, end });
      else if (text === open.at(-1)?.end) join(index);
    }
  });
  return partner;

  function join(index: number): void {
    const start = open.pop()?.index ?? -1;
    // A template piece that closes one expression and opens the next keeps its later partner.
    if (start < 0) return;
    partner[start] = index;
    if (partner[index] === -1) partner[index] = start;
  }
}

const ends: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);
