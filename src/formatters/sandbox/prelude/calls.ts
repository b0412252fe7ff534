/** Runs one call of a formatter and answers with JSON text: its result by the server's rules, or what went wrong. */
import { apply, parseJson, stringifyJson, textOf, toObject, world } from "./captured";
import { isObject, Refusal, writeMap, writeOctets, writePort, writeTexts } from "./convert";
import { hostObject } from "./hostObject";
import { makeFindings, writeAny, type Findings } from "./writeValue";

export type Call = "decodeUplink" | "encodeDownlink" | "decodeDownlink";

type Main = (input: unknown) => unknown;
const NativeInternalError = (world as { InternalError?: new () => Error }).InternalError;

let output: unknown;

/** Loads the script when it comes as a factory, and calls its `main`. Answers "" when there is a result to write. */
export function start(factory: (() => unknown) | undefined, call: Call, input: string): string {
  output = undefined;
  try {
    const main = factory === undefined ? (world as { main?: unknown }).main : factory();
    if (typeof main !== "function") return '{"kind":"noEntry"}';
    output = apply(main as Main, undefined, [inputFrom(input, call)]);
    return "";
  } catch (thrown) {
    return thrownText(thrown, "script");
  }
}

/** Writes the result of the call that `start` made. */
export function finish(call: Call): string {
  const result = output;
  output = undefined;
  if (result === undefined || result === null) return '{"kind":"noOutput"}';
  try {
    if (!isObject(result)) throw new Refusal("could not convert the result to an object");
    if (call === "encodeDownlink") return writeEncoded(result);
    return call === "decodeUplink" ? writeUplink(result) : writeDecoded(result, "downlink");
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) return thrownText(thrown, "output");
    return `{"kind":"refused","reason":${stringifyJson(thrown.reason)}}`;
  }
}

function inputFrom(text: string, call: Call): unknown {
  const input = parseJson(text) as { data?: unknown; fPort: unknown };
  if (call !== "encodeDownlink") return input;
  // A Number object there, not a number: `input.fPort === 1` is never true.
  return { data: hostObject(input.data), fPort: toObject(input.fPort) as object };
}

interface Result {
  readonly data?: unknown;
  readonly bytes?: unknown;
  readonly fPort?: unknown;
  readonly warnings?: unknown;
  readonly errors?: unknown;
}

function writeEncoded(result: Result): string {
  const octets = writeOctets(result.bytes);
  const port = writePort(result.fPort);
  const warnings = writeTexts(result.warnings);
  const errors = writeTexts(result.errors);
  return `{"kind":"encoded","octets":${octets},"fPort":${port},"warnings":${warnings},"errors":${errors}}`;
}

function writeDecoded(value: unknown, kind: string): string {
  if (!isObject(value)) throw new Refusal("could not convert the result to an object");
  const result: Result = value;
  const findings = makeFindings();
  const data = writeMap(result.data, findings);
  const warnings = writeTexts(result.warnings);
  const errors = writeTexts(result.errors);
  return `{"kind":"${kind}","data":${data},"warnings":${warnings},"errors":${errors}${writeFindings(findings)}}`;
}

/** What the wrapper's `main` returned: the results of the decoder and, where it ran, of the normalizer. */
function writeUplink(value: { decoded?: unknown; normalized?: unknown }): string {
  const decoded = writeDecoded(value.decoded, "uplink");
  const { normalized } = value;
  const text =
    normalized === undefined || normalized === null ? "null" : writeNormalized(normalized);
  return `{"kind":"uplink","decoded":${decoded},"normalized":${text}}`;
}

function writeNormalized(value: unknown): string {
  if (!isObject(value)) throw new Refusal("could not convert the result to an object");
  const result: Result = value;
  const findings = makeFindings();
  const data = writeAny(result.data, findings);
  const warnings = writeTexts(result.warnings);
  const errors = writeTexts(result.errors);
  return `{"kind":"normalized","data":${data},"warnings":${warnings},"errors":${errors}${writeFindings(findings)}}`;
}

function writeFindings({ numbers, refusal, oddities }: Findings): string {
  return `,"numbers":${list(numbers)},"refusal":"${refusal}","oddities":${list(oddities)}`;
}

function list(texts: readonly string[]): string {
  let text = "[";
  for (let index = 0; index < texts.length; index++) {
    text += (index > 0 ? "," : "") + stringifyJson(texts[index]);
  }
  return `${text}]`;
}

/** What a formatter threw, as text; converting it runs the formatter's own `toString`. */
function thrownText(thrown: unknown, during: "script" | "output"): string {
  if (NativeInternalError !== undefined && thrown instanceof NativeInternalError) {
    if (thrown.message === "interrupted") return '{"kind":"timeout"}';
    return `{"kind":"exhausted","reason":${stringifyJson(safeText(thrown.message))}}`;
  }
  try {
    const text = typeof thrown === "symbol" ? (thrown.description ?? "") : textOf(thrown);
    return writeThrown(text, thrown, during);
  } catch (second) {
    return writeThrown(safeText(second), second, during === "script" ? "converting" : "output");
  }
}

function writeThrown(text: string, thrown: unknown, during: string): string {
  return `{"kind":"threw","during":"${during}","text":${stringifyJson(text)},"stack":${stringifyJson(stackOf(thrown))}}`;
}

function stackOf(thrown: unknown): string {
  try {
    const { stack } = thrown as { stack?: unknown };
    return typeof stack === "string" ? stack : "";
  } catch {
    return "";
  }
}

function safeText(value: unknown): string {
  try {
    return textOf(value);
  } catch {
    return "error";
  }
}
