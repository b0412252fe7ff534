/** What the lint rules share: the script in tokens, its entry functions, and the shape of a finding. */
import { isEntryName } from "../script/entries";
import { matchBrackets, tokenize, type Token } from "../script/tokens";

export type LintRule =
  | "size"
  | "new-syntax"
  | "module-syntax"
  | "missing-global"
  | "no-entry"
  | "async-entry"
  | "overridden-main"
  | "result-shape"
  | "date-result"
  | "byte-range"
  | "port-range"
  | "port-object"
  | "normalized-field";

export interface LintFinding {
  readonly rule: LintRule;
  /** `error`: the server refuses it whenever it runs. `warning`: it goes wrong, or may. */
  readonly severity: "error" | "warning";
  /** In UTF-16 units from the start of the text; `end` is behind the last one. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

export interface Script {
  readonly source: string;
  readonly tokens: readonly Token[];
  /** For each bracket the index of its partner, otherwise -1. */
  readonly partner: Int32Array;
  readonly functions: readonly EntryFunction[];
}

/** An entry at the top level, as ranges of token indexes. */
export interface EntryFunction {
  readonly name: string;
  readonly nameAt: number;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  /** First token of the body behind its brace, and the closing brace; of `x => value` the value. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** True for an arrow function without braces, whose body is what it returns. */
  readonly isExpression: boolean;
}

export function readScript(source: string): Script {
  const tokens = tokenize(source);
  const partner = matchBrackets(tokens);
  return { source, tokens, partner, functions: findFunctions(tokens, partner) };
}

export function findingAt(
  rule: LintRule,
  severity: LintFinding["severity"],
  token: Pick<Token, "start" | "end">,
  message: string,
): LintFinding {
  return { rule, severity, start: token.start, end: token.end, message };
}

/** The index behind the value that begins at `index`: at a comma, a semicolon, a closing bracket, or a new statement. */
export function endOfValue(
  { tokens, partner }: Pick<Script, "tokens" | "partner">,
  index: number,
  limit = tokens.length,
): number {
  let at = index;
  while (at < limit && !(endsValue(tokens, at) && (at > index || isEnd(tokens[at])))) {
    const closing = partner[at] ?? -1;
    at = closing > at ? closing + 1 : at + 1;
  }
  return Math.min(at, limit);
}

/** Whether a value that is complete before `index` ends there. */
export function endsValue(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  return (
    isEnd(token) || (token?.isAfterLineEnd === true && startsStatement(tokens[index - 1], token))
  );
}

function isEnd(token: Token | undefined): boolean {
  return token === undefined || /^[,;)\]}]$/.test(token.text);
}

/** On a new line after a complete value, a word or literal cannot go on with it. */
function startsStatement(before: Token | undefined, token: Token): boolean {
  if (before?.kind === "punctuator" && !/^[)\]}]$/.test(before.text)) return false;
  return (
    token.kind !== "punctuator" &&
    token.kind !== "template" &&
    !/^(?:in|instanceof)$/.test(token.text)
  );
}

/** Of two with one name the last counts, which is the one that runs; so they are read from the end. */
function findFunctions(tokens: readonly Token[], partner: Int32Array): readonly EntryFunction[] {
  const found = new Map<string, EntryFunction>();
  for (let at = tokens.length - 1; at >= 0; at--) {
    const opening = partner[at] ?? -1;
    const name = tokens[at]?.text ?? "";
    if (opening >= 0 && opening < at)
      at = opening; // only the top level counts
    else if (isEntryName(name) && !found.has(name)) {
      const entry = functionAt(tokens, partner, at);
      if (entry) found.set(name, entry);
    }
  }
  return [...found.values()].reverse();
}

/** `function name(…) {…}` and `name = function (…) {…}`, `name = (…) => …`, each also async. */
function functionAt(
  tokens: readonly Token[],
  partner: Int32Array,
  nameAt: number,
): EntryFunction | undefined {
  const text = (index: number) => tokens[index]?.text;
  const name = text(nameAt) ?? "";
  let at = nameAt - 1;
  if (text(at) === "function" || (text(at) === "*" && text(at - 1) === "function")) {
    const isGenerator = text(at) === "*";
    if (isGenerator) at--;
    return bodyBehind(nameAt + 1, { isAsync: text(at - 1) === "async", isGenerator });
  }
  if (text(nameAt + 1) !== "=") return undefined;
  at = nameAt + 2;
  const isAsync = text(at) === "async";
  if (isAsync) at++;
  if (text(at) === "function") {
    const isGenerator = text(++at) === "*";
    if (isGenerator) at++;
    if (tokens[at]?.kind === "name") at++;
    return bodyBehind(at, { isAsync, isGenerator });
  }
  const arrow = text(at) === "(" ? (partner[at] ?? -1) + 1 : at + 1;
  if (text(arrow) !== "=>") return undefined;
  if (text(arrow + 1) === "{") return body(arrow + 1, { isAsync, isGenerator: false });
  const bodyEnd = endOfValue({ tokens, partner }, arrow + 1);
  return {
    name,
    nameAt,
    isAsync,
    isGenerator: false,
    bodyStart: arrow + 1,
    bodyEnd,
    isExpression: true,
  };

  function bodyBehind(parameters: number, kind: Pick<EntryFunction, "isAsync" | "isGenerator">) {
    const closing = partner[parameters] ?? -1;
    return closing < 0 ? undefined : body(closing + 1, kind);
  }

  function body(brace: number, kind: Pick<EntryFunction, "isAsync" | "isGenerator">) {
    const bodyEnd = partner[brace] ?? -1;
    if (text(brace) !== "{" || bodyEnd < 0) return undefined;
    return { name, nameAt, ...kind, bodyStart: brace + 1, bodyEnd, isExpression: false };
  }
}
