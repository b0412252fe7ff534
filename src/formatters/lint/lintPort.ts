/** Comparisons that never match: the server gives encoders their FPort as a Number object, not as a number. */
import { readObject } from "./lintObject";
import { findingAt, type EntryFunction, type LintFinding, type Script } from "./lintScript";

/** Uses that are told of one function. */
const maximumUses = 50;
/** Binds more tightly than a comparison: the result is a number, or a text of `typeof`. */
const tighter = /^(?:[-+*/%~!<>.[(]|\*\*|<<|>>>?|<=|>=|\+\+|--|\?\.|typeof|void|in|instanceof)$/;
const strict = /^[!=]==$/;
const declaring = /^(?:var|let|const)$/;

/** What the function calls its input and, without it, its FPort. */
interface Names {
  readonly input: string | undefined;
  readonly ports: ReadonlySet<string>;
}

export function lintPort(script: Script): LintFinding[] {
  return script.functions
    .filter(({ name }) => name === "encodeDownlink" || name === "Encoder")
    .flatMap((entry) => lintEntry(script, entry));
}

function lintEntry(script: Script, entry: EntryFunction): LintFinding[] {
  const { tokens } = script;
  const names = withVariables(script, entry, parameterNames(script, entry));
  const uses: LintFinding[] = [];
  const replaced = new Set<string>();
  for (let at = entry.bodyStart; at < entry.bodyEnd; at++) {
    const end = endOfPort(script, at, names);
    const first = tokens[at];
    const last = tokens[end - 1];
    if (end === at || !first || !last) continue;
    const text = script.source.slice(first.start, last.end);
    // From then on it is something else, perhaps a number.
    if (tokens[end]?.text === "=" && !isDeclaredAsPort(script, at, end, names)) replaced.add(text);
    if (uses.length < maximumUses && neverMatches(script, at, end)) {
      const place = { start: first.start, end: last.end };
      const message = `On the server this FPort is a Number object: ===, switch and includes never match it. Use Number(${text}).`;
      uses.push(findingAt("port-object", "warning", place, message));
    }
    at = end - 1;
  }
  return uses.filter(({ start, end }) => !replaced.has(script.source.slice(start, end)));
}

/** `(input)`, `input =>`, `({ fPort })`, `({ fPort: port })`, and of `Encoder(data, port)` the second. */
function parameterNames(script: Script, { name, nameAt, bodyStart }: EntryFunction): Names {
  const { tokens, partner } = script;
  let at = nameAt + 1;
  while (at < bodyStart && tokens[at]?.text !== "(" && tokens[at + 1]?.text !== "=>") at++;
  const start = tokens[at]?.text === "(" && (partner[at] ?? -1) < bodyStart ? at + 1 : at;
  const first = tokens[start];
  if (name === "Encoder") {
    const second = tokens[start + 1]?.text === "," ? tokens[start + 2] : undefined;
    return { input: undefined, ports: new Set(second?.kind === "name" ? [second.text] : []) };
  }
  if (first?.text === "{") return { input: undefined, ports: portsIn(script, start) };
  return { input: first?.kind === "name" ? first.text : undefined, ports: new Set() };
}

/** Adds `var port = input.fPort` and `var { fPort } = input`. */
function withVariables(script: Script, entry: EntryFunction, names: Names): Names {
  const { tokens, partner } = script;
  const ports = new Set(names.ports);
  for (let at = entry.bodyStart; at < entry.bodyEnd; at++) {
    if (!declaring.test(tokens[at]?.text ?? "")) continue;
    const closing = tokens[at + 1]?.text === "{" ? (partner[at + 1] ?? -1) : at + 1;
    if (closing < 0 || tokens[closing + 1]?.text !== "=") continue;
    const isInput = tokens[closing + 2]?.text === names.input && names.input !== undefined;
    const after = tokens[closing + 3];
    if (closing === at + 1) {
      const name = tokens[closing]?.text ?? "";
      if (isDeclaredAsPort(script, closing, closing + 1, names)) ports.add(name);
    } else if (isInput && !/^(?:\.|\?\.|\[|\()$/.test(after?.text ?? "")) {
      for (const each of portsIn(script, at + 1)) ports.add(each);
    }
  }
  return { input: names.input, ports };
}

/** The names that a pattern `{ … }` gives to `fPort`. */
function portsIn(script: Script, brace: number): ReadonlySet<string> {
  const own = (readObject(script, brace) ?? []).filter(({ key }) => key === "fPort");
  return new Set(own.flatMap(({ start }) => script.tokens[start]?.text ?? []));
}

/** Whether `name = input.fPort` and nothing more stands there. */
function isDeclaredAsPort({ tokens }: Script, at: number, end: number, names: Names): boolean {
  if (names.input === undefined || !declaring.test(tokens[at - 1]?.text ?? "")) return false;
  const [input, dot, port, after] = tokens.slice(end + 1, end + 5);
  if (input?.text !== names.input || dot?.text !== "." || port?.text !== "fPort") return false;
  return after === undefined || after.isAfterLineEnd || /^[;,}]$/.test(after.text);
}

/** The index behind `input.fPort` or a name for it at `at`; `at` where there is none. */
function endOfPort({ tokens }: Script, at: number, { input, ports }: Names): number {
  const token = tokens[at];
  const before = tokens[at - 1]?.text ?? "";
  if (token?.kind !== "name" || before === "." || before === "?.") return at;
  if (token.text === input) {
    const isPort = /^\??\.$/.test(tokens[at + 1]?.text ?? "") && tokens[at + 2]?.text === "fPort";
    return isPort ? at + 3 : at;
  }
  const isKey = tokens[at + 1]?.text === ":" && /^[{,]$/.test(before);
  return ports.has(token.text) && !isKey ? at + 1 : at;
}

/** Compared strictly with a value, the subject of a switch, or looked for in a list. */
function neverMatches({ tokens }: Script, at: number, end: number): boolean {
  const before = tokens[at - 1]?.text ?? "";
  const after = tokens[end];
  const next = after?.text ?? "";
  if (before === "(" && next === ")") {
    const caller = tokens[at - 2]?.text ?? "";
    return caller === "switch" || /^(?:includes|indexOf)$/.test(caller);
  }
  if (strict.test(next)) return !tighter.test(lone(before)) && isValue(tokens[end + 1]?.text);
  if (!strict.test(before) || !isValue(tokens[at - 2]?.text)) return false;
  return after?.isAfterLineEnd === true || !tighter.test(next);
}

/** An opening bracket before a value is no operator. */
function lone(before: string): string {
  return before === "(" || before === "[" ? "" : before;
}

/** It is never undefined, null or the same as another object, and asking for that is no mistake. */
function isValue(text: string | undefined): boolean {
  return text !== undefined && !/^(?:undefined|null|void)$/.test(text);
}
