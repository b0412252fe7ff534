/** What a formatter of this workspace made of one frame, and how that compares. */
import { isSame, weight } from "./differences";
import type { DecodedUplink, FormatterAnswer } from "../formatter";
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
}

/** Characters of JSON that are kept of one result; more is no measurement, and a thousand of them must fit. */
const maximumWeight = 64 * 1024;

export function makeOutcome(
  { server, ...frame }: Frame,
  formatter: string,
  given: FormatterAnswer<DecodedUplink>,
  before: Outcome | undefined,
): Outcome {
  const answer = bounded(given);
  const agrees =
    server === undefined
      ? undefined
      : answer.result !== undefined && isSame(answer.result.decoded_payload, server);
  const changed = before && !isSameAnswer(answer, before.answer);
  return { frame, formatter, answer, agrees, changed };
}

function isSameAnswer(
  a: FormatterAnswer<DecodedUplink>,
  b: FormatterAnswer<DecodedUplink>,
): boolean {
  if (a.error || b.error) return a.error?.message === b.error?.message;
  const list = (texts: readonly string[] = []) => texts;
  return (
    isSame(a.result.decoded_payload, b.result.decoded_payload) &&
    isSame(a.result.normalized_payload ?? [], b.result.normalized_payload ?? []) &&
    isSame(list(a.result.decoded_payload_warnings), list(b.result.decoded_payload_warnings))
  );
}

function bounded(answer: FormatterAnswer<DecodedUplink>): FormatterAnswer<DecodedUplink> {
  if (answer.error) return answer;
  const { decoded_payload: decoded, normalized_payload: normalized } = answer.result;
  const warnings = answer.result.decoded_payload_warnings;
  if (weight(decoded) + weight(normalized) + weight(warnings) <= maximumWeight) return answer;
  return { milliseconds: answer.milliseconds, error: tooLargeError() };
}
