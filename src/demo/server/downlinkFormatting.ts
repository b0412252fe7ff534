/** What the server's downlink formatters make of a downlink, on its way in and on its way back. tts-mqtt §6.3, §10. */
import type { JsonObject, JsonValue } from "../../stack/messages";
import type { RequestedDownlink } from "./downlinkRequest";
import type { EndDevice, FormatterFields } from "./endDevice";

/** A payload with its fields; undefined fields: no decoder, or it failed. */
export interface FormattedPayload {
  readonly fPort: number;
  readonly framePayload: Uint8Array;
  readonly decodedPayload: JsonObject | undefined;
  readonly warnings: readonly string[];
  /** There is a decoder, and it failed. */
  readonly isUndecodable: boolean;
}

/**
 * As on `queued`: encoded if there are only fields, else decoded. An empty `frm_payload` counts as none (real-traffic 22);
 * fields without an encoder become an empty payload (real-traffic 16).
 */
export function formatRequest(
  device: EndDevice,
  item: RequestedDownlink,
): FormattedPayload | "no payload" | { readonly problem: string } {
  const { fPort, framePayload, decodedPayload } = item;
  if (framePayload !== undefined && framePayload.length > 0) {
    if (decodedPayload !== undefined) return asGiven(item, framePayload, decodedPayload);
    return { fPort, framePayload, ...decodeDownlink(device, framePayload, fPort) };
  }
  if (decodedPayload === undefined) return "no payload";
  const encode = device.options.formatters?.encodeDownlink;
  if (encode === undefined) {
    return asGiven(item, new Uint8Array(), decodedPayload);
  }
  const usualPort = fPort === 0 ? 1 : fPort; // always truthy (real-traffic 32)
  const encoded = encode(decodedPayload, usualPort);
  if ("problem" in encoded) return encoded;
  return {
    fPort: encoded.fPort ?? usualPort, // an explicit 0 stays
    framePayload: encoded.framePayload,
    decodedPayload,
    warnings: encoded.warnings ?? [],
    isUndecodable: false,
  };
}

function asGiven(
  { fPort }: RequestedDownlink,
  framePayload: Uint8Array,
  decodedPayload: JsonObject,
): FormattedPayload {
  return { fPort, framePayload, decodedPayload, warnings: [], isUndecodable: false };
}

/** The fields on every later message: decoded from the bytes again, as the queue keeps only those. */
export function decodeDownlink(
  device: EndDevice,
  framePayload: Uint8Array,
  fPort: number,
): Pick<FormattedPayload, "decodedPayload" | "warnings" | "isUndecodable"> {
  const decode = device.options.formatters?.decodeDownlink;
  const { data, warnings = [] } = decode?.(framePayload, fPort) ?? {};
  if (data !== undefined)
    return { decodedPayload: withNulls(data), warnings, isUndecodable: false };
  return { decodedPayload: undefined, warnings: [], isUndecodable: decode !== undefined };
}

/** JavaScript's undefined arrives as null (real-traffic 4). */
export function withNulls(fields: FormatterFields): JsonObject {
  const values: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(fields)) values[key] = value ?? null;
  return values;
}
