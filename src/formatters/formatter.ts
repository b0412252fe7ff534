/** What a payload formatter takes and gives, in the server's terms. Source: formatters research §1.2–§1.4. */

/** Which generation of the server a formatter is run as: the engine's language level, fields and `recvTime` differ. */
export type ServerProfile = "3.32" | "3.33.1" | "2025";

/** JSON as the server would put it into `decoded_payload`. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = Readonly<Record<string, JsonValue>>;

export interface DecodeInput {
  readonly bytes: Uint8Array | readonly number[];
  readonly fPort: number;
  /** Milliseconds since 1970 (or a Date) of `received_at`; servers before 3.33.1 do not pass it on. */
  readonly recvTime?: number | Date | undefined;
}

export interface EncodeInput {
  readonly data: JsonObject;
  readonly fPort: number;
}

/** The fields of an uplink that the server's formatter fills, under their wire names. */
export interface DecodedUplink {
  readonly decoded_payload: JsonObject;
  readonly decoded_payload_warnings?: readonly string[];
  readonly normalized_payload?: readonly JsonObject[];
  readonly normalized_payload_warnings?: readonly string[];
}

export interface DecodedDownlink {
  readonly decoded_payload: JsonObject;
  readonly warnings?: readonly string[];
}

export interface EncodedDownlink {
  readonly f_port: number;
  /** Octets 0–255. */
  readonly frm_payload: readonly number[];
  readonly warnings?: readonly string[];
}

/** One link of the server's chain of errors, outermost first by `cause`. */
export interface FormatterError {
  /** Such as `pkg/scripting/javascript:script`, `pkg/messageprocessors/javascript:output_errors`. */
  readonly name: string;
  /** gRPC code by name: ABORTED, DEADLINE_EXCEEDED, INVALID_ARGUMENT, UNKNOWN. */
  readonly code: string;
  readonly message: string;
  readonly cause?: FormatterError;
  /** Where in the formatter's own file it happened, counted from 1, when that is known. */
  readonly place?: { readonly line: number; readonly column: number };
}

export type FormatterAnswer<Result> = (
  | { readonly result: Result; readonly error?: undefined }
  | { readonly error: FormatterError; readonly result?: undefined }
) & {
  /** Wall-clock milliseconds of the run in the sandbox; the server gives a script 100 ms and is several times slower. */
  readonly milliseconds: number;
  /** What only a local run can see: a Date or Promise as a result, undefined behaviour of the server, and the like. */
  readonly remarks?: readonly string[];
};

export interface FormatterOptions {
  /** A JavaScript formatter (default), or the server's built-in CayenneLPP (its source is ignored). */
  readonly kind?: "javascript" | "cayennelpp";
  /** Default "2025". */
  readonly profile?: ServerProfile;
}

/** One payload formatter, ready to run. It never throws: every failure is an answer. */
export interface Formatter {
  decodeUplink(input: DecodeInput): Promise<FormatterAnswer<DecodedUplink>>;
  /**
   * Many frames in one trip to the sandbox, each in a fresh state; answers in the order of the inputs. `later` is at
   * another time by the sandbox's clock: what then comes out otherwise changes by itself.
   */
  decodeUplinks(
    inputs: readonly DecodeInput[],
    when?: "now" | "later",
  ): Promise<readonly FormatterAnswer<DecodedUplink>[]>;
  encodeDownlink(input: EncodeInput): Promise<FormatterAnswer<EncodedDownlink>>;
  decodeDownlink(input: DecodeInput): Promise<FormatterAnswer<DecodedDownlink>>;
  dispose(): void;
}
