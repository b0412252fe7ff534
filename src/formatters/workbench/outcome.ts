/** What a formatter of this workspace made of one frame, and how that compares. */
import { differences, weight, type Difference } from "./differences";
import type { DecodedUplink, FormatterAnswer, JsonObject, JsonValue } from "../formatter";
import { tooLargeError } from "../server/serverErrors";
import type { Frame } from "./frame";

export interface Outcome {
  /** Without what the server decoded: the event still has it. */
  readonly frame: Omit<Frame, "server">;
  /** The formatter for people: `codecs/soil.js`. */
  readonly formatter: string;
  readonly answer: FormatterAnswer<DecodedUplink>;
  /** Whether the server decoded the same; undefined when it decoded nothing. */
  readonly agrees: boolean | undefined;
  /** Whether the file as it was before decoded something else; undefined when that is not known. */
  readonly changed: boolean | undefined;
  /**
   * What came out otherwise when the frame was run once more: `decoded.at`, `normalized[0].time`; empty text for all of
   * it. It counts neither as drift nor as a change.
   */
  readonly varying: readonly string[];
}

/** Characters of JSON that are kept of one result; more is no measurement, and a thousand of them must fit. */
const maximumWeight = 64 * 1024;

/** @param varying see {@link Outcome.varying} */
export function makeOutcome(
  { server, ...frame }: Frame,
  formatter: string,
  given: FormatterAnswer<DecodedUplink>,
  before: Outcome | undefined,
  varying: readonly string[] = [],
): Outcome {
  const answer = bounded(given);
  const told = { frame, formatter, answer, varying };
  if (varying.includes("")) return { ...told, agrees: undefined, changed: undefined };
  const agrees =
    server === undefined
      ? undefined
      : answer.result !== undefined &&
        driftsOf(answer.result.decoded_payload, server, varying, 1).length === 0;
  return { ...told, agrees, changed: before && !isSameAnswer(answer, before.answer, varying) };
}

/** Where the server decoded otherwise, without what changes by itself. */
export function driftsOf(
  local: JsonValue,
  server: JsonValue,
  varying: readonly string[],
  maximum: number,
): readonly Difference[] {
  if (varying.length === 0) return differences(local, server, maximum);
  return differences({ decoded: local }, { decoded: server }, maximumCompared)
    .filter(({ path }) => !isVarying(path, varying))
    .slice(0, maximum)
    .map((each) => ({ ...each, path: each.path.replace(/^decoded\.?/, "") }));
}

/** What comes out otherwise at another time or with other random numbers: paths as in {@link Outcome.varying}. */
export function varyingIn(
  answer: FormatterAnswer<DecodedUplink>,
  later: FormatterAnswer<DecodedUplink>,
): readonly string[] {
  if (isTimeout(answer) || isTimeout(later)) return [];
  if (answer.error || later.error)
    return answer.error?.message === later.error?.message ? [] : [""];
  const found = differences(wholeOf(answer.result), wholeOf(later.result), maximumVarying + 1);
  return found.length > maximumVarying ? [""] : found.map(({ path }) => path);
}

function isTimeout({ error }: FormatterAnswer<DecodedUplink>): boolean {
  return error?.code === "DEADLINE_EXCEEDED";
}

/** Paths that are kept of one frame; a result in which more changes is another one each time. */
const maximumVarying = 20;
const maximumCompared = 1_000;

function isVarying(path: string, varying: readonly string[]): boolean {
  return varying.some(
    (each) => path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`),
  );
}

function wholeOf(result: DecodedUplink): JsonObject {
  const { decoded_payload: decoded, normalized_payload: normalized = [] } = result;
  return { decoded, normalized, warnings: result.decoded_payload_warnings ?? [] };
}

function isSameAnswer(
  a: FormatterAnswer<DecodedUplink>,
  b: FormatterAnswer<DecodedUplink>,
  varying: readonly string[],
): boolean {
  if (a.error || b.error) return a.error?.message === b.error?.message;
  const maximum = varying.length === 0 ? 1 : maximumCompared;
  return differences(wholeOf(a.result), wholeOf(b.result), maximum).every(({ path }) =>
    isVarying(path, varying),
  );
}

function bounded(answer: FormatterAnswer<DecodedUplink>): FormatterAnswer<DecodedUplink> {
  if (answer.error) return answer;
  const { decoded_payload: decoded, normalized_payload: normalized } = answer.result;
  const warnings = answer.result.decoded_payload_warnings;
  if (weight(decoded) + weight(normalized) + weight(warnings) <= maximumWeight) return answer;
  return { milliseconds: answer.milliseconds, error: tooLargeError() };
}
