/** Puts values in the places of a downlink file's parameters: the result can be sent. */
import type { DownlinkItemInput } from "../downlink";
import type { DownlinkFile } from "./downlinkFile";
import { encodeValue, piecesOf, type ParameterValue } from "./downlinkFilePlaceholders";
import type { JsonValue } from "../messages";

export type Arguments = ReadonlyMap<string, ParameterValue>;

/** The downlink with its values, as the palette and the panel would have it typed. */
export function fillDownlinkFile(file: DownlinkFile, values: Arguments): DownlinkItemInput {
  const payload = payloadOf(file, values);
  const { fPort, payloadFormat, priority, confirmed } = file;
  // An empty payload in a file is written down on purpose.
  return { fPort, payloadFormat, payload, priority, confirmed, allowEmpty: payload === "" };
}

/** Why a value does not fit the places where it goes, in words, or nothing. */
export function argumentProblem(
  { payloadFormat, payload }: DownlinkFile,
  name: string,
  value: ParameterValue,
): string | undefined {
  if (payloadFormat !== "hex" || typeof payload !== "string") return undefined;
  for (const piece of piecesOf(payload)) {
    if (piece.kind === "literal" || piece.name !== name) continue;
    const encoded = encodeValue(value, piece.encoding ?? "");
    if ("problem" in encoded) return encoded.problem;
  }
  return undefined;
}

function payloadOf({ payloadFormat, payload }: DownlinkFile, values: Arguments): string {
  if (typeof payload !== "string") return JSON.stringify(fillValue(payload, values));
  if (payloadFormat === "base64") return payload;
  return payloadFormat === "hex" ? fillHex(payload, values) : fillText(payload, values);
}

function fillHex(text: string, values: Arguments): string {
  return piecesOf(text)
    .map((piece) => {
      if (piece.kind === "literal") return piece.text;
      const value = values.get(piece.name);
      const encoded = value === undefined ? undefined : encodeValue(value, piece.encoding ?? "");
      return encoded && "hex" in encoded ? encoded.hex : "?"; // refused as hex, in words
    })
    .join("");
}

function fillText(text: string, values: Arguments): string {
  return piecesOf(text)
    .map((piece) => (piece.kind === "literal" ? piece.text : String(values.get(piece.name) ?? "")))
    .join("");
}

/** A text that is nothing but a placeholder becomes the value with its type; names stay as they are. */
function fillValue(value: JsonValue, values: Arguments): JsonValue {
  if (typeof value === "string") {
    const [only, more] = piecesOf(value);
    const whole = only?.kind === "placeholder" && !more ? values.get(only.name) : undefined;
    return whole ?? fillText(value, values);
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Array) return value.map((each: JsonValue) => fillValue(each, values));
  const entries = Object.entries(value).map(([name, child]) => [name, fillValue(child, values)]);
  return Object.fromEntries(entries) as JsonValue;
}
