/** Rules for what the entry functions return. Source: formatters research §1.2, §1.3. */
import { lintMeasurements } from "./lintMeasurements";
import { numberIn, onlyToken, readList, type Property } from "./lintObject";
import { returnedValues, type ReturnedValue } from "./lintReturns";
import {
  endsValue,
  findingAt,
  type EntryFunction,
  type LintFinding,
  type LintRule,
  type Script,
} from "./lintScript";
import type { Token } from "../script/tokens";
import type { ServerProfile } from "../formatter";

export function lintResults(script: Script, profile: ServerProfile): LintFinding[] {
  return [
    ...script.functions.flatMap((entry) => {
      const kind = lintKind(script, entry);
      if (kind.length > 0) return kind;
      return returnedValues(script, entry).flatMap((value) => [
        ...lintWhole(script, entry, value),
        ...value.properties.flatMap((field) => lintField(script, entry, field)),
        ...(entry.name === "normalizeUplink"
          ? lintMeasurements(script, entry, value.properties, profile)
          : []),
      ]);
    }),
    ...lintDates(script),
  ];
}

function lintKind(
  { tokens }: Script,
  { name, nameAt, isAsync, isGenerator }: EntryFunction,
): LintFinding[] {
  const token = tokens[nameAt];
  if (!token || (!isAsync && !isGenerator)) return [];
  const kind = isAsync ? "An async function returns a promise" : "A generator returns an iterator";
  const message = `${kind}; the server does not wait for it, and the result of ${name} is empty.`;
  return [findingAt("async-entry", "error", token, message)];
}

const isPrimitive = ({ kind, text }: Token) =>
  kind === "string" || kind === "template" || kind === "number" || /^(?:true|false)$/.test(text);

/** The returned value as a whole. What `Decoder` returns is the data itself, what `Encoder` returns the bytes. */
function lintWhole(script: Script, entry: EntryFunction, value: ReturnedValue): LintFinding[] {
  const first = script.tokens[value.at];
  if (!first) return [];
  const report = (message: string) => [
    findingAt("result-shape", "error", span(script, value, first), message),
  ];
  const isPromise =
    (first.text === "Promise" && script.tokens[value.start + 1]?.text === ".") ||
    (first.text === "new" && script.tokens[value.start + 1]?.text === "Promise");
  if (isPromise) return report("The server does not wait for a promise: the result is empty.");
  const only = onlyToken(script, value.start, value.end);
  if (entry.name === "Encoder") return lintBytes(script, value);
  if (only && isPrimitive(only)) {
    return report(`${entry.name} must return an object. The server calls this an invalid output.`);
  }
  if (entry.name === "Decoder") return [];
  const isNothing = value.end === value.start || /^(?:null|undefined)$/.test(only?.text ?? "");
  if (isNothing)
    return report(
      `${entry.name} must return an object. Returning nothing is an error on the server.`,
    );
  if (first.text === "[" && script.partner[value.start] === value.end - 1) {
    return report(
      `The server takes no list from ${entry.name}: the result is empty. Return { data: … }.`,
    );
  }
  return [];
}

/** One field of the returned object. */
function lintField(script: Script, entry: EntryFunction, field: Property): LintFinding[] {
  if (entry.name === "Decoder" || entry.name === "Encoder") return [];
  const only = onlyToken(script, field.start, field.end);
  const token = script.tokens[field.start];
  if (!token) return [];
  const report = (rule: LintRule, severity: LintFinding["severity"], message: string) => [
    findingAt(rule, severity, span(script, field, token), message),
  ];
  const isPlain = only !== undefined && isPrimitive(only);
  if ((field.key === "errors" || field.key === "warnings") && isPlain) {
    const message = `${field.key} must be a list: ["…"]. The server calls anything else an invalid output.`;
    return report("result-shape", "error", message);
  }
  if (entry.name !== "encodeDownlink") {
    if (field.key !== "data" || !isPlain) return [];
    return report(
      "result-shape",
      "error",
      "data must be an object. The server calls this an invalid output.",
    );
  }
  if (field.key === "bytes") return lintBytes(script, field);
  const port = field.key === "fPort" ? numberIn(script, field.start, field.end) : undefined;
  if (port === undefined || (Number.isInteger(port) && port >= 1 && port <= 223)) return [];
  return report("port-range", "warning", "Application data goes on FPort 1 to 223.");
}

/** Bytes as text, as one number, or with numbers that are no bytes. */
function lintBytes(script: Script, value: Pick<Property, "start" | "end">): LintFinding[] {
  const only = onlyToken(script, value.start, value.end);
  if (only?.kind === "string" || only?.kind === "template") {
    const message =
      "The server sends the characters of this text, not bytes in hex or base64. Use a list: [0x01, 0x02].";
    return [findingAt("result-shape", "error", only, message)];
  }
  if (only?.kind === "number") {
    return [findingAt("result-shape", "error", only, "bytes must be a list of numbers.")];
  }
  return (readList(script, value.start) ?? []).slice(0, 256).flatMap(({ start, end }) => {
    const number = numberIn(script, start, end);
    const token = script.tokens[start];
    if (number === undefined || !token) return [];
    if (Number.isInteger(number) && number >= 0 && number <= 255) return [];
    const sent = number === Infinity ? 0 : ((Math.trunc(number) % 256) + 256) % 256;
    const message = `Not a byte: the server sends ${sent}.`;
    return [findingAt("byte-range", "warning", span(script, { start, end }, token), message)];
  });
}

const dateAdvice =
  "The server cannot keep a Date in the result: the whole uplink may be lost. Use toISOString().";

/** `{ time: new Date(…) }` and `data.time = new Date(…)`, and the same with recvTime, which is a Date. */
function lintDates(script: Script): LintFinding[] {
  const { tokens } = script;
  const findings: LintFinding[] = [];
  for (let at = 2; at < tokens.length && findings.length < 50; at++) {
    const token = tokens[at];
    const isDate = token?.text === "new" && tokens[at + 1]?.text === "Date";
    const isReceived =
      token?.kind === "name" && tokens[at + 1]?.text === "." && tokens[at + 2]?.text === "recvTime";
    if (!token || !(isDate || isReceived) || !isStored(tokens, at)) continue;
    const end = isDate ? endOfDate(script, at) : at + 3;
    if (!endsValue(tokens, end)) continue;
    const place = span(script, { start: at, end }, token);
    findings.push(findingAt("date-result", "warning", place, dateAdvice));
  }
  return findings;
}

/** Behind `new Date`, and behind its brackets if there are any. */
function endOfDate({ tokens, partner }: Script, at: number): number {
  if (tokens[at + 2]?.text !== "(") return at + 2;
  return (partner[at + 2] ?? -1) < 0 ? at + 2 : (partner[at + 2] ?? at) + 1;
}

/** Whether the value goes into a field, not into a variable. */
function isStored(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text;
  if (before === ":") return /^[{,]$/.test(tokens[at - 3]?.text ?? "");
  return before === "=" && tokens[at - 3]?.text === ".";
}

function span({ tokens }: Script, { end }: Pick<Property, "start" | "end">, first: Token) {
  return {
    start: first.start,
    end: Math.max(first.end, tokens[end - 1]?.end ?? 0),
  };
}
