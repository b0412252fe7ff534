/** Names of browsers and Node that the server's engine does not have: their use throws there. Source: formatters research §1.5. */
import { findingAt, type LintFinding, type Script } from "./lintScript";

const instead: ReadonlyMap<string, string> = new Map([
  ["console", "Use warnings in the result instead."],
  ["Buffer", "input.bytes is a plain array of numbers."],
  ["require", "A formatter is one file without modules."],
  ["module", 'Guard it: if (typeof module !== "undefined").'],
  ["exports", 'Guard it: if (typeof exports !== "undefined").'],
  ["TextDecoder", "Use String.fromCharCode with the bytes."],
  ["TextEncoder", "Use charCodeAt for each character."],
  ["structuredClone", "Use JSON.parse(JSON.stringify(value))."],
]);
const missing = new Set([
  ...instead.keys(),
  ..."process atob btoa setTimeout setInterval setImmediate clearTimeout clearInterval queueMicrotask".split(
    " ",
  ),
  ..."URL URLSearchParams fetch XMLHttpRequest crypto performance window global self document".split(
    " ",
  ),
  ..."navigator __dirname __filename".split(" "),
]);

/** Uses that are told; a script with more of them has one problem, not many. */
const maximumUses = 50;

/** Uses of missing names, but of those that the script declares, asks `typeof` about, or tries within try…catch. */
export function lintGlobals(script: Script): LintFinding[] {
  const { tokens } = script;
  const used: number[] = [];
  const known = new Set<string>();
  tokens.forEach(({ kind, text }, index) => {
    if (kind !== "name" || !missing.has(text)) return;
    if (isMemberOrKey(script, index)) return;
    if (tokens[index - 1]?.text === "typeof" || isDeclared(script, index)) known.add(text);
    else used.push(index);
  });
  const wanted = used
    .filter((index) => !known.has(tokens[index]?.text ?? ""))
    .slice(0, maximumUses);
  if (wanted.length === 0) return [];
  const tries = triedRanges(script);
  return wanted.flatMap((index) => {
    const token = tokens[index];
    if (!token || tries.some(([start, end]) => index > start && index < end)) return [];
    const advice = instead.get(token.text);
    const text = `The server has no ${token.text}: this throws there and nothing is decoded or encoded.`;
    return [findingAt("missing-global", "warning", token, advice ? `${text} ${advice}` : text)];
  });
}

/** `x.console`, `{ console: 1 }` and `{ console() {} }` are names of their own. */
function isMemberOrKey({ tokens, partner }: Script, index: number): boolean {
  const before = tokens[index - 1]?.text ?? "";
  const after = tokens[index + 1]?.text ?? "";
  if (before === "." || before === "?.") return true;
  const isFirst = before === "{" || before === ",";
  if (isFirst && after === ":") return true;
  const closing = after === "(" ? (partner[index + 1] ?? -1) : -1;
  return isFirst && closing >= 0 && tokens[closing + 1]?.text === "{";
}

const declaring = /^(?:var|let|const|function|class|catch)$/;

function isDeclared({ tokens, partner }: Script, index: number): boolean {
  const before = tokens[index - 1]?.text ?? "";
  const after = tokens[index + 1]?.text ?? "";
  if (declaring.test(before) || after === "=" || after === "=>") return true;
  if ((before === "(" || before === ",") && (after === "," || after === ")")) {
    return isParameter({ tokens, partner }, index);
  }
  return false;
}

/** Whether the list around it is followed by a body: `function (console) {`, `(console) => …`. */
function isParameter(
  { tokens, partner }: Pick<Script, "tokens" | "partner">,
  index: number,
): boolean {
  // Lists of parameters are short; looking further would make long argument lists slow.
  for (let at = index + 1; at < Math.min(tokens.length, index + 60); at++) {
    if (tokens[at]?.text !== ")") continue;
    const opening = partner[at] ?? -1;
    if (opening > index) continue;
    const follows = tokens[at + 1]?.text;
    if (follows === "=>") return true;
    const isFunction = [1, 2, 3].some((back) => tokens[opening - back]?.text === "function");
    return follows === "{" && isFunction;
  }
  return false;
}

function triedRanges({ tokens, partner }: Script): readonly (readonly [number, number])[] {
  return tokens.flatMap(({ text }, index) => {
    const end = text === "try" ? (partner[index + 1] ?? -1) : -1;
    return end > index && tokens[end + 1]?.text === "catch" ? [[index + 1, end] as const] : [];
  });
}
