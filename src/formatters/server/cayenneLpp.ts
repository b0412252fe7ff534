/** The server's built-in CayenneLPP formatter. Source: formatters research §2. */
import type {
  DecodeInput,
  EncodeInput,
  Formatter,
  FormatterAnswer,
  FormatterError,
  JsonObject,
  JsonValue,
} from "../formatter";
import { cayenneError } from "./serverErrors";

export type CayenneDecoded =
  | { readonly payload: JsonObject; readonly error?: undefined }
  | { readonly error: FormatterError; readonly payload?: undefined };

/** One value of a type: how many octets, whether they are signed, and what they are divided by. */
interface Part {
  readonly name?: string;
  readonly size: 1 | 2 | 3;
  readonly isSigned: boolean;
  readonly divisor: number;
}
interface CayenneType {
  readonly name: string;
  readonly parts: readonly Part[];
}

const unsigned = (size: Part["size"], divisor = 1): Part => ({ size, isSigned: false, divisor });
const signed = (size: Part["size"], divisor: number): Part => ({ size, isSigned: true, divisor });
const axes = (divisor: number) => ["x", "y", "z"].map((name) => ({ name, ...signed(2, divisor) }));

/** The types of uplinks by their number; all others fail. */
export const cayenneTypes: ReadonlyMap<number, CayenneType> = new Map([
  [0, { name: "digital_in", parts: [unsigned(1)] }],
  [1, { name: "digital_out", parts: [unsigned(1)] }],
  [2, { name: "analog_in", parts: [signed(2, 100)] }],
  [3, { name: "analog_out", parts: [signed(2, 100)] }],
  [101, { name: "luminosity", parts: [unsigned(2)] }],
  [102, { name: "presence", parts: [unsigned(1)] }],
  [103, { name: "temperature", parts: [signed(2, 10)] }],
  [104, { name: "relative_humidity", parts: [unsigned(1, 2)] }],
  [113, { name: "accelerometer", parts: axes(1000) }],
  // The specification says unsigned; the server reads it signed.
  [115, { name: "barometric_pressure", parts: [signed(2, 10)] }],
  [134, { name: "gyrometer", parts: axes(100) }],
  [
    136,
    {
      name: "gps",
      parts: [
        { name: "latitude", ...signed(3, 10_000) },
        { name: "longitude", ...signed(3, 10_000) },
        { name: "altitude", ...signed(3, 100) },
      ],
    },
  ],
]);

/** Reads an uplink: channel, type, value, and so on. An error anywhere loses all values. */
export function decodeCayenneLpp(bytes: ArrayLike<number>): CayenneDecoded {
  const payload: Record<string, JsonValue> = {};
  for (let at = 0; at < bytes.length;) {
    const channel = octet(bytes, at);
    if (at + 1 >= bytes.length) return { error: cayenneError("EOF") };
    const type = cayenneTypes.get(octet(bytes, at + 1));
    if (type === undefined) return { error: cayenneError("cayennelpp: unknown type") };
    at += 2;
    const size = type.parts.reduce((sum, part) => sum + part.size, 0);
    if (bytes.length - at < size) return { error: truncated(bytes.length - at) };
    payload[`${type.name}_${channel}`] = readType(bytes, at, type);
    at += size;
  }
  return { payload };
}

/** Reads a downlink: channel and a signed hundredth, until the end or a channel of 255. */
export function decodeCayenneLppDownlink(bytes: ArrayLike<number>): CayenneDecoded {
  const payload: Record<string, JsonValue> = {};
  for (let at = 0; at < bytes.length; at += 3) {
    const channel = octet(bytes, at);
    if (channel === 255) break;
    const rest = bytes.length - at - 1;
    if (rest < 2) return { error: truncated(rest) };
    payload[`value_${channel}`] = readPart(bytes, at + 1, signed(2, 100));
  }
  return { payload };
}

/** Writes the numbers under `value_<channel>`; everything else is left out, as on the server. */
export function encodeCayenneLpp(data: JsonObject): number[] {
  return Object.entries(data).flatMap(([key, value]) => {
    const channel = channelOf(key);
    if (channel === undefined || typeof value !== "number") return [];
    const hundredths = toInt32(value * 100);
    return [channel, (hundredths >> 8) & 255, hundredths & 255];
  });
}

/** The channel of a field that is encoded: `value_7`, `value_+07`. */
export function channelOf(key: string): number | undefined {
  const [, digits] = /^value_\+?(\d+)$/.exec(key) ?? [];
  if (digits === undefined) return undefined;
  const channel = Number(digits);
  return channel <= 255 ? channel : undefined;
}

/** Truncated; what does not fit into 32 bits comes out as 0 in the low 16. */
function toInt32(value: number): number {
  return Math.abs(value) < 2 ** 31 ? Math.trunc(value) : 0;
}

function readType(bytes: ArrayLike<number>, at: number, { parts }: CayenneType): JsonValue {
  const fields: Record<string, number> = {};
  let from = at;
  for (const part of parts) {
    const value = readPart(bytes, from, part);
    if (part.name === undefined) return value;
    fields[part.name] = value;
    from += part.size;
  }
  return fields;
}

function readPart(bytes: ArrayLike<number>, at: number, { size, isSigned, divisor }: Part): number {
  let value = 0;
  for (let index = 0; index < size; index++) value = value * 256 + octet(bytes, at + index);
  const limit = 256 ** size;
  return (isSigned && value >= limit / 2 ? value - limit : value) / divisor;
}

function octet(bytes: ArrayLike<number>, at: number): number {
  return (bytes[at] ?? 0) & 255;
}

function truncated(rest: number): FormatterError {
  return cayenneError(rest === 0 ? "EOF" : "unexpected EOF");
}

/** The built-in formatter behind the same functions as a script. */
export function cayenneFormatter(): Formatter {
  const decode = ({ bytes }: DecodeInput) =>
    answer(decodeCayenneLpp(bytes), (decoded_payload) => ({ decoded_payload }));
  return {
    decodeUplink: (input) => Promise.resolve(decode(input)),
    decodeUplinks: (inputs) => Promise.resolve(inputs.map(decode)),
    encodeDownlink: ({ data, fPort }: EncodeInput) =>
      Promise.resolve({
        result: { f_port: fPort, frm_payload: encodeCayenneLpp(data) },
        milliseconds: 0,
      }),
    decodeDownlink: ({ bytes }) =>
      Promise.resolve(
        answer(decodeCayenneLppDownlink(bytes), (decoded_payload) => ({ decoded_payload })),
      ),
    dispose() {
      // Holds nothing.
    },
  };
}

function answer<Result>(
  decoded: CayenneDecoded,
  toResult: (payload: JsonObject) => Result,
): FormatterAnswer<Result> {
  return decoded.error === undefined
    ? { result: toResult(decoded.payload), milliseconds: 0 }
    : { error: decoded.error, milliseconds: 0 };
}
