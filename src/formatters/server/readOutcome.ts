/** Turns what the sandbox found into the server's answer: its result fields or its error. */
import type {
  DecodedDownlink,
  DecodedUplink,
  EncodedDownlink,
  FormatterError,
  JsonObject,
  JsonValue,
  ServerProfile,
} from "../formatter";
import { isObject, normalize } from "./normalize";
import type { DecodedParts, Findings, Outcome } from "../sandbox/protocol";
import { placeIn, syntaxPlace } from "./scriptPlace";
import {
  conversionError,
  functionValueError,
  noEntryError,
  noOutputError,
  outputEncodingError,
  outputError,
  outputErrors,
  plainError,
  runtimeError,
  scriptError,
  stackDepthError,
  timeoutError,
  tooLargeError,
} from "./serverErrors";

export type Read<Result> = (
  | { readonly result: Result; readonly error?: undefined }
  | { readonly error: FormatterError; readonly result?: undefined }
) & { readonly remarks?: readonly string[] };

/** Parses an outcome; lone surrogates become U+FFFD like on the server. */
export function parseOutcome(text: string): Outcome {
  const parsed = JSON.parse(text, loneSurrogate.test(text) ? wellFormed : undefined) as Outcome;
  return parsed;
}

const loneSurrogate = /\\u[dD][89a-fA-F]/;

function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (Object.keys(value).every((key) => key.isWellFormed())) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toWellFormed(), each]));
}

export function readUplink(
  outcome: Outcome,
  source: string,
  profile: ServerProfile,
): Read<DecodedUplink> {
  if (outcome.kind !== "uplink") return failed(outcome, source);
  const { decoded, normalized } = outcome;
  const remarks = remarksOn([decoded, ...(normalized ? [normalized] : [])]);
  const error = decodedError(decoded) ?? lossError(decoded, "uplink");
  if (error !== undefined) return { error, ...remarks };
  const payload = decoded.data as JsonObject;
  const base: DecodedUplink = {
    decoded_payload: payload,
    ...(decoded.warnings.length > 0 && { decoded_payload_warnings: decoded.warnings }),
  };
  const more =
    normalized === null ? tryDecoded(payload, profile) : readNormalized(normalized, profile);
  return "error" in more
    ? { error: more.error, ...remarks, ...more.remarks }
    : { result: { ...base, ...more.fields }, ...remarks };
}

export function readDownlink(outcome: Outcome, source: string): Read<DecodedDownlink> {
  if (outcome.kind !== "downlink") return failed(outcome, source);
  const error = decodedError(outcome) ?? lossError(outcome, "downlink event");
  const remarks = remarksOn([outcome]);
  if (error !== undefined) return { error, ...remarks };
  const { warnings } = outcome;
  return {
    result: {
      decoded_payload: outcome.data as JsonObject,
      ...(warnings.length > 0 && { warnings }),
    },
    ...remarks,
  };
}

/** `fPort` is that of the message, which the script may leave as it is. */
export function readEncoded(
  outcome: Outcome,
  source: string,
  fPort: number,
): Read<EncodedDownlink> {
  if (outcome.kind !== "encoded") return failed(outcome, source);
  const { octets, warnings, errors } = outcome;
  if (errors.length > 0) return { error: outputErrors(errors) };
  return {
    result: {
      f_port: outcome.fPort ?? (fPort === 0 ? 1 : fPort),
      frm_payload: typeof octets === "string" ? [...Buffer.from(octets, "utf8")] : octets,
      ...(warnings.length > 0 && { warnings }),
    },
  };
}

interface NormalizedFields {
  readonly fields: Pick<DecodedUplink, "normalized_payload" | "normalized_payload_warnings">;
}
interface Refused {
  readonly error: FormatterError;
  readonly remarks?: { readonly remarks: readonly string[] };
}

/** Without a normalizer the server tries the decoded payload as one measurement, and says nothing where it is none. */
function tryDecoded(payload: JsonObject, profile: ServerProfile): NormalizedFields {
  const read = normalize([payload], profile);
  return "error" in read
    ? { fields: {} }
    : fieldsOf(read.normalized.measurements, read.normalized.warnings);
}

function readNormalized(parts: DecodedParts, profile: ServerProfile): NormalizedFields | Refused {
  if (parts.errors.length > 0) return { error: outputErrors(parts.errors) };
  const data = parts.data as JsonValue;
  if (data === null && parts.refusal === "") return { fields: {} };
  const list = Array.isArray(data) ? (data as readonly JsonValue[]) : [data];
  if (!list.every(isObject)) return { error: outputError() };
  if (parts.refusal !== "") return { error: outputError(refusalCause(parts)) };
  if (parts.numbers.length > 0) {
    // The server takes it, and cannot write the message as JSON afterwards.
    const remark = "The server does not notice this itself, and cannot send the uplink as JSON.";
    return { error: outputEncodingError(parts.numbers), remarks: { remarks: [remark] } };
  }
  const read = normalize(list, profile);
  if ("error" in read) return { error: outputError(read.error) };
  const { measurements, warnings } = read.normalized;
  return fieldsOf(measurements, [...parts.warnings, ...warnings]);
}

function fieldsOf(
  measurements: readonly JsonObject[],
  warnings: readonly string[],
): NormalizedFields {
  return {
    fields: {
      normalized_payload: measurements,
      ...(warnings.length > 0 && { normalized_payload_warnings: warnings }),
    },
  };
}

function decodedError(parts: DecodedParts): FormatterError | undefined {
  if (parts.errors.length > 0) return outputErrors(parts.errors);
  if (parts.refusal !== "") return outputError(refusalCause(parts));
  return parts.numbers.length > 0 ? outputEncodingError(parts.numbers) : undefined;
}

/** What the server takes and then cannot always write: the message itself is lost with it. Formatters research §1.3. */
function lossError({ oddities }: Findings, what: string): FormatterError | undefined {
  const date = oddities.find((each) => each.endsWith(aDate));
  if (date === undefined) return undefined;
  const message = `${date}: the server cannot keep it, and the whole ${what} may be lost. Return text, such as its toISOString()`;
  return { ...plainError("result", message), code: "DATA_LOSS" };
}

const aDate = " is a Date";

function refusalCause({ refusal }: Findings): FormatterError {
  switch (refusal) {
    case "depth":
      return stackDepthError();
    case "function":
      return functionValueError();
    case "panic":
    case "":
      return plainError(
        "panic",
        "reflect.Value.Interface: cannot return value obtained from unexported field or method",
      );
  }
}

function remarksOn(all: readonly Findings[]): { readonly remarks?: readonly string[] } {
  const remarks = all
    .flatMap(({ oddities }) => oddities)
    .filter((oddity) => !oddity.endsWith(aDate))
    .map((oddity) =>
      oddity.endsWith(" is a BigInt")
        ? `${oddity}. The server stores meaningless data for it.`
        : `${oddity}. The server fails on it, and the whole message may be lost.`,
    );
  return remarks.length > 0 ? { remarks } : {};
}

/** Every outcome without a result. */
function failed(outcome: Outcome, source: string): { error: FormatterError; remarks?: string[] } {
  switch (outcome.kind) {
    case "threw": {
      const place = placeIn(outcome.stack, source);
      const text = serverText(outcome.text);
      if (outcome.during === "script") return { error: scriptError(text, place) };
      const error = runtimeError(text, place);
      return { error: outcome.during === "converting" ? error : outputError(error) };
    }
    case "syntax":
      return {
        error: scriptError(`SyntaxError: ${outcome.text}`, syntaxPlace(outcome, source)),
      };
    case "refused":
      return { error: outputError(conversionError(outcome.reason)) };
    case "noOutput":
      return { error: outputError(noOutputError()) };
    case "noEntry":
      return { error: noEntryError() };
    case "tooLarge":
      return { error: tooLargeError() };
    case "exhausted":
      return {
        error: timeoutError(),
        remarks: [
          `The sandbox stopped it: ${outcome.reason}. The server has no such limit and runs into the time limit.`,
        ],
      };
    case "notRun":
      return {
        error: timeoutError(),
        remarks: ["Not run: the script got stuck with too many of the frames before."],
      };
    default:
      return { error: timeoutError() };
  }
}

/** The server's engine says undefined for null, too. */
function serverText(text: string): string {
  return text.replace(/^(TypeError: Cannot read property '.*' of) null$/, "$1 undefined");
}
