/** Downlinks through the formatter of the workspace: fields to bytes with the way back as a check, and bytes to fields. */
import type { Bench } from "./bench";
import { cayenneLosses } from "../server/cayenneFields";
import { cayenneFormatter } from "../server/cayenneLpp";
import { isSame } from "./differences";
import type {
  DecodedDownlink,
  DecodeInput,
  EncodedDownlink,
  EncodeInput,
  FormatterAnswer,
  JsonObject,
} from "../formatter";

export interface EncodeRequest {
  /** `soil-lab@ttn`. */
  readonly application: string;
  readonly deviceId: string;
  /** 0 or undefined leaves it to the encoder. */
  readonly fPort: number | undefined;
  readonly data: JsonObject;
}

export interface LocalEncoding {
  /** For people: `codecs/pump.js`. */
  readonly formatter: string;
  readonly answer: FormatterAnswer<EncodedDownlink>;
  /** What `decodeDownlink` makes of the bytes; undefined when it was not asked or failed. */
  readonly decodedAgain: JsonObject | undefined;
  /** Whether the bytes decode to the fields; undefined when the formatter has no decoder for downlinks. */
  readonly isRoundTrip: boolean | undefined;
  /** What the encoder drops or changes without saying so, in sentences that are safe to show; worth a question before it is sent. */
  readonly losses: readonly string[];
}

/** What encodes downlinks: a bound formatter, or the server's built-in one. */
export interface Encoder {
  readonly name: string;
  readonly isCayenne: boolean;
  encodeDownlink(input: EncodeInput): Promise<FormatterAnswer<EncodedDownlink> | undefined>;
  decodeDownlink(input: DecodeInput): Promise<FormatterAnswer<DecodedDownlink> | undefined>;
}

/** Of an end device without a binding whose uplinks the server decodes with its CayenneLPP. */
export const cayenneEncoder: Encoder = {
  name: "the server's CayenneLPP, as its uplinks are decoded",
  isCayenne: true,
  ...cayenneFormatter(),
};

export async function encodeFields(
  encoder: Encoder,
  { fPort = 0, data }: EncodeRequest,
): Promise<LocalEncoding | undefined> {
  const answer = await encoder.encodeDownlink({ data, fPort });
  if (!answer) return undefined;
  const again =
    answer.result &&
    (await encoder.decodeDownlink({
      bytes: answer.result.frm_payload,
      fPort: answer.result.f_port,
    }));
  const decodedAgain = again?.result?.decoded_payload;
  const hasDecoder = again !== undefined && !isMissing(again);
  return {
    ...{ formatter: encoder.name, answer, decodedAgain },
    isRoundTrip: hasDecoder ? isSame(decodedAgain, data) : undefined,
    losses: encoder.isCayenne ? cayenneLosses(data) : [],
  };
}

export async function decodeSent(
  bench: Bench,
  input: DecodeInput,
): Promise<
  { readonly formatter: string; readonly answer: FormatterAnswer<DecodedDownlink> } | undefined
> {
  const answer = await bench.decodeDownlink(input);
  return answer && !isMissing(answer) ? { formatter: bench.name, answer } : undefined;
}

/** The formatter has no `decodeDownlink`, which is nobody's mistake. */
function isMissing({ error }: FormatterAnswer<DecodedDownlink>): boolean {
  return error?.message === "ReferenceError: decodeDownlink is not defined";
}
