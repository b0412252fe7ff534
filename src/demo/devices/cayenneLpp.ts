/** CayenneLPP as the greenhouse speaks it, and the server's other format for downlinks. tts-mqtt §10.4, real-traffic 16. */
import type { JsonObject } from "../../stack/messages";
import type { DecodedUplink, FormatterFields } from "../server/endDevice";

export interface Measurement {
  readonly channel: number;
  readonly type: keyof typeof types;
  readonly value: number;
}

/** Type -> id, key and how it is written. */
const types = {
  luminosity: { id: 101, scale: 1, bytes: 2 },
  temperature: { id: 103, scale: 10, bytes: 2 },
  relative_humidity: { id: 104, scale: 2, bytes: 1 },
} as const;

export function encodeCayenneLpp(measurements: readonly Measurement[]): Uint8Array {
  return Uint8Array.from(
    measurements.flatMap(({ channel, type, value }) => {
      const { id, scale, bytes } = types[type];
      const raw = Math.round(value * scale);
      return bytes === 1 ? [channel, id, raw] : [channel, id, raw >> 8, raw];
    }),
  );
}

/** Any unknown type or cut-off value fails the whole (tts-mqtt §10.4). */
export function decodeCayenneLpp(framePayload: Uint8Array): DecodedUplink | undefined {
  const data: Record<string, JsonObject[string]> = {};
  const bytes = Buffer.from(framePayload);
  for (let at = 0; at < bytes.length;) {
    const found = Object.entries(types).find(([, { id }]) => id === bytes[at + 1]);
    if (found === undefined) return undefined;
    const [name, type] = found;
    if (at + 2 + type.bytes > bytes.length) return undefined;
    const isSigned = type.id === 103;
    const raw = isSigned ? bytes.readInt16BE(at + 2) : bytes.readUIntBE(at + 2, type.bytes);
    data[`${name}_${String(bytes[at])}`] = raw / type.scale;
    at += 2 + type.bytes;
  }
  return { data };
}

/** Only numbers named `value_N`, N the channel: two bytes of hundredths. All else is dropped without a word. */
export function encodeCayenneDownlink(fields: JsonObject): { readonly framePayload: Uint8Array } {
  const bytes = Object.entries(fields).flatMap(([key, value]) => {
    const channel = /^value_\+?0*([0-9]{1,3})$/.exec(key)?.[1];
    if (channel === undefined || Number(channel) > 255 || typeof value !== "number") return [];
    const hundredths = Math.trunc(value * 100);
    return [Number(channel), (hundredths >> 8) & 0xff, hundredths & 0xff];
  });
  return { framePayload: Uint8Array.from(bytes) };
}

/** Three bytes a value, ended by 0xFF or the end; anything cut off fails the whole. */
export function decodeCayenneDownlink(
  framePayload: Uint8Array,
): { readonly data: FormatterFields } | undefined {
  const data: Record<string, number> = {};
  const bytes = Buffer.from(framePayload);
  for (let at = 0; at < bytes.length && bytes[at] !== 0xff; at += 3) {
    if (at + 3 > bytes.length) return undefined;
    data[`value_${String(bytes[at])}`] = bytes.readInt16BE(at + 1) / 100;
  }
  return { data };
}
