/** Names of browsers and Node that the server's engine does not have: their use throws there. Source: formatters research §1.5. */
import type { ServerProfile } from "../formatter";
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
/** Of Node, of browsers, and of newer engines. */
const missing = new Set([
  ...instead.keys(),
  ...words("process global __dirname __filename setImmediate clearImmediate Deno Bun"),
  ...words("setTimeout setInterval clearTimeout clearInterval queueMicrotask atob btoa URL fetch"),
  ...words("URLSearchParams XMLHttpRequest WebSocket EventSource AbortController AbortSignal"),
  ...words("Headers Request Response FormData Blob File FileReader ReadableStream WritableStream"),
  ...words("TransformStream CompressionStream DecompressionStream MessageChannel MessagePort"),
  ...words("BroadcastChannel Worker SharedWorker Event EventTarget CustomEvent DOMException"),
  ...words("crypto Crypto CryptoKey SubtleCrypto performance WebAssembly window self document"),
  ...words("navigator location history localStorage sessionStorage indexedDB alert confirm prompt"),
  ...words("requestAnimationFrame cancelAnimationFrame requestIdleCallback print importScripts"),
  ...words("Intl Iterator AsyncIterator WeakRef FinalizationRegistry Atomics SharedArrayBuffer"),
  ...words("Float16Array Temporal InternalError"),
]);
/** What came with the engine of 3.33.1. */
const newer = new Set(words("BigInt BigInt64Array BigUint64Array"));
/** Functions of names that the server does have. */
const missingMembers = new Set(
  words(
    "Object.groupBy Map.groupBy Array.fromAsync Promise.try Promise.withResolvers RegExp.escape Math.f16round " +
      "Math.sumPrecise Error.captureStackTrace Error.isError Symbol.asyncIterator",
  ),
);

function words(text: string): string[] {
  return text.split(" ");
}

/** Uses that are told; a script with more of them has one problem, not many. */
const maximumUses = 50;

/** Uses of missing names, but of those that the script declares, asks `typeof` about, or tries within try…catch. */
export function lintGlobals(script: Script, profile: ServerProfile): LintFinding[] {
  const { tokens } = script;
  const isMissing = (name: string) => missing.has(name) || (profile === "3.32" && newer.has(name));
  const used: number[] = [];
  const known = new Set<string>();
  tokens.forEach(({ kind, text }, index) => {
    if (kind !== "name" || isMemberOrKey(script, index)) return;
    if (!isMissing(text)) {
      if (isMissingMember(script, index)) used.push(index);
      return;
    }
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
    const name = isMissing(token.text)
      ? token.text
      : `${token.text}.${tokens[index + 2]?.text ?? ""}`;
    const text = `The server has no ${name}: this throws there and nothing is decoded or encoded.`;
    return [findingAt("missing-global", "warning", token, advice ? `${text} ${advice}` : text)];
  });
}

function isMissingMember({ tokens }: Script, index: number): boolean {
  const name = tokens[index]?.text ?? "";
  return (
    tokens[index + 1]?.text === "." &&
    missingMembers.has(`${name}.${tokens[index + 2]?.text ?? ""}`)
  );
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
  return /^[{,:]$/.test(before) && /^[,}]$/.test(after) && isTakenApart(tokens, partner, index);
}

/** `const { location } = fix`: the braces around it are followed by a sign of assignment. */
function isTakenApart(tokens: Script["tokens"], partner: Int32Array, index: number): boolean {
  for (let at = index - 1; at >= Math.max(0, index - 60); at--) {
    const other = partner[at] ?? -1;
    if (other > index) return tokens[other + 1]?.text === "=";
    if (other >= 0 && other < at) at = other;
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
