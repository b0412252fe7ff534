/** Reads from a script's tokens what its scopes declare, as far as a closure and the global scope differ in it. */
import { matchBrackets, type Token } from "../script/tokens";

/** Functions declared directly in a block that is no function's body. */
export interface BlockFunctions {
  readonly isSwitch: boolean;
  /** Offsets of what the names stay in: behind the block's bracket and at its other, or a whole `switch`. */
  readonly start: number;
  readonly end: number;
  readonly names: readonly string[];
}

export interface Scopes {
  /** Declared by `var` and `function` at the top level, and at most some names more. */
  readonly variables: ReadonlySet<string>;
  /** Declared by `let`, `const` and `class` at the top level. */
  readonly lexical: ReadonlySet<string>;
  readonly blocks: readonly BlockFunctions[];
}

/** What a bracket opens, as the index of its token. */
interface Open {
  readonly index: number;
  readonly kind: "function" | "block" | "switch" | "other";
}

export function readScopes(tokens: readonly Token[]): Scopes {
  return new ScopeReader(tokens).read();
}

class ScopeReader {
  private readonly partner: Int32Array;
  private readonly variables = new Set<string>();
  private readonly lexical = new Set<string>();
  private readonly blocks = new Map<Open, string[]>();
  private readonly open: Open[] = [];
  private functions = 0;
  /** A `class` whose body has not begun. */
  private isBeforeClassBody = false;

  constructor(private readonly tokens: readonly Token[]) {
    this.partner = matchBrackets(tokens);
  }

  read(): Scopes {
    this.tokens.forEach((token, index) => {
      if (token.kind === "name") this.readName(token.text, index);
      else if (token.kind === "punctuator") this.readBracket(token.text, index);
    });
    const blocks = [...this.blocks].map(([open, names]) => this.blockOf(open, names));
    return { variables: this.variables, lexical: this.lexical, blocks };
  }

  private blockOf({ index, kind }: Open, names: readonly string[]): BlockFunctions {
    const end = this.tokens[this.partner[index] ?? -1];
    const isSwitch = kind === "switch";
    const first = isSwitch ? this.tokens[(this.partner[index - 1] ?? 0) - 1] : this.tokens[index];
    return {
      isSwitch,
      start: (isSwitch ? first?.start : first?.end) ?? 0,
      end: (isSwitch ? end?.end : end?.start) ?? 0,
      names,
    };
  }

  private readBracket(text: string, index: number): void {
    if (text === "{" || text === "(" || text === "[") {
      const kind = text === "{" ? this.kindOfBrace(index) : "other";
      this.open.push({ index, kind });
      if (kind === "function") this.functions += 1;
    } else if (text === "}" || text === ")" || text === "]") {
      if (this.open.pop()?.kind === "function") this.functions -= 1;
    }
  }

  /** A class's body counts as a function's: nothing in it declares a name outside. */
  private kindOfBrace(index: number): Open["kind"] {
    const before = this.textAt(index - 1);
    if (this.isBeforeClassBody && before !== "=>") {
      this.isBeforeClassBody = false;
      return "function";
    }
    if (before === "=>") return "function";
    if (before !== ")") return "block";
    const word = this.textAt((this.partner[index - 1] ?? 0) - 1);
    if (word === "switch") return "switch";
    return /^(?:if|while|for|with|catch|await)$/.test(word) ? "block" : "function";
  }

  private readName(text: string, index: number): void {
    const before = this.textAt(index - 1);
    if (before === "." || before === "?." || this.textAt(index + 1) === ":") return;
    if (text === "class") {
      this.isBeforeClassBody = true;
      if (this.isTop()) this.lexical.add(this.textAt(index + 1));
    } else if (text === "function") this.readFunction(index);
    else if (text === "var" && this.functions === 0) this.readList(index + 1, this.variables);
    else if ((text === "let" || text === "const") && this.isTop()) {
      this.readList(index + 1, this.lexical);
    }
  }

  private isTop(): boolean {
    return this.open.length === 0;
  }

  private readFunction(index: number): void {
    if (!this.beginsStatement(index)) return;
    const name = this.textAt(index + 1) === "*" ? this.textAt(index + 2) : this.textAt(index + 1);
    const around = this.open.at(-1);
    if (around === undefined) this.variables.add(name);
    else if (/^(?:block|switch)$/.test(around.kind) && name === this.textAt(index + 1)) {
      this.blocks.set(around, [...(this.blocks.get(around) ?? []), name]);
    }
  }

  private beginsStatement(index: number): boolean {
    const before = this.textAt(index - 1);
    if (before === "async") return false;
    if (before === ":") return /^(?:case|default)$/.test(this.caseBefore(index));
    return /^(?:|[;{})]|else|do)$/.test(before) || this.beginsLine(index);
  }

  /** The word of the `case x:` or `default:` before. */
  private caseBefore(index: number): string {
    const word = this.textAt(index - 2);
    return word === "default" ? word : this.textAt(index - 3);
  }

  /** Whether a line end separates two values, which ends a statement without a semicolon. */
  private beginsLine(index: number): boolean {
    const [before, token] = [this.tokens[index - 1], this.tokens[index]];
    if (before === undefined || !token?.isAfterLineEnd || token.kind !== "name") return false;
    if (before.kind === "punctuator") return /^(?:[)\]}]|\+\+|--)$/.test(before.text);
    return !/^(?:return|typeof|instanceof|in|of|new|delete|void|throw|case|await|yield)$/.test(
      before.text,
    );
  }

  /** The names of a declaration; in patterns all words count. */
  private readList(from: number, names: Set<string>): void {
    let isName = true;
    for (let index = from; index < this.tokens.length; index++) {
      const { kind, text } = this.tokens[index] ?? {};
      if (index > from && this.beginsLine(index)) return;
      const end = this.partner[index] ?? -1;
      if (isName && kind === "name") names.add(text ?? "");
      if (end > index) {
        if (isName) this.addWords(index, end, names);
        index = end;
      } else if (text === ";" || end >= 0) return;
      isName = text === ",";
    }
  }

  private addWords(from: number, to: number, names: Set<string>): void {
    for (const { kind, text } of this.tokens.slice(from, to)) if (kind === "name") names.add(text);
  }

  private textAt(index: number): string {
    return this.tokens[index]?.text ?? "";
  }
}
