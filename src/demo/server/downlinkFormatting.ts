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
}

/**
 * As on `queued`: encoded if there are only fields, else decoded. An empty `frm_payload` counts as none (real-traffic 22);
 * fields without an encoder become an empty payload (real-traffic 16).
 */
export function formatRequest(
  device: EndDevice,
  item: RequestedDownlink,
): FormattedPayload | "no payload" | "encoder error" {
  const { fPort, framePayload, decodedPayload } = item;
  if (framePayload !== undefined && framePayload.length > 0) {
    if (decodedPayload !== undefined) return { fPort, framePayload, decodedPayload, warnings: [] };
    return { fPort, framePayload, ...decodeDownlink(device, framePayload, fPort) };
  }
  if (decodedPayload === undefined) return "no payload";
  const encode = device.options.formatters?.encodeDownlink;
  if (encode === undefined) {
    return { fPort, framePayload: new Uint8Array(), decodedPayload, warnings: [] };
  }
  const usualPort = fPort === 0 ? 1 : fPort; // always truthy (real-traffic 32)
  const encoded = encode(decodedPayload, usualPort);
  if ("problem" in encoded) return "encoder error";
  return {
    fPort: encoded.fPort ?? usualPort, // an explicit 0 stays
    framePayload: encoded.framePayload,
    decodedPayload,
    warnings: encoded.warnings ?? [],
  };
}

/** The fields on every later message: decoded from the bytes again, as the queue keeps only those. */
export function decodeDownlink(
  device: EndDevice,
  framePayload: Uint8Array,
  fPort: number,
): Pick<FormattedPayload, "decodedPayload" | "warnings"> {
  const decoded = device.options.formatters?.decodeDownlink?.(framePayload, fPort);
  if (decoded === undefined) return { decodedPayload: undefined, warnings: [] };
  return { decodedPayload: withNulls(decoded.data), warnings: decoded.warnings ?? [] };
}

/** JavaScript's undefined arrives as null (real-traffic 4). */
export function withNulls(fields: FormatterFields): JsonObject {
  const values: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(fields)) values[key] = value ?? null;
  return values;
}
