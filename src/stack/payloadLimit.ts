/** How many bytes a downlink may have at the data rate an end device last used: an estimate. Source: tts-mqtt §6.4. */
import type { DataRate } from "./messages";

export interface PayloadLimit {
  readonly bytes: number;
  /** The data rate it stands for: `SF12`. */
  readonly dataRate: string;
}

/**
 * What fits into the first receive window after an uplink like this. The server may choose a better second window, or need
 * bytes for commands of its own. Undefined for bands whose limits are not known here. `frequency` in Hz.
 */
export function payloadLimit(
  dataRate: DataRate | undefined,
  frequency: number | undefined,
): PayloadLimit | undefined {
  if (dataRate === undefined || frequency === undefined) return undefined;
  if (isWithin(frequency, 863e6, 870e6)) return europeanLimit(dataRate);
  // Above 915 MHz the band could as well be AU915 or AS923.
  if (isWithin(frequency, 902e6, 915e6) && dataRate.modulation === "LoRa") {
    return { bytes: 242, dataRate: `SF${dataRate.spreadingFactor}` };
  }
  return undefined;
}

function europeanLimit(dataRate: DataRate): PayloadLimit | undefined {
  if (dataRate.modulation === "FSK") return { bytes: 242, dataRate: "FSK" };
  if (dataRate.modulation !== "LoRa") return undefined;
  const { spreadingFactor } = dataRate;
  const name = `SF${spreadingFactor}`;
  if (spreadingFactor >= 10) return { bytes: 51, dataRate: name };
  return { bytes: spreadingFactor === 9 ? 115 : 242, dataRate: name };
}

function isWithin(frequency: number, from: number, to: number): boolean {
  return frequency >= from && frequency < to;
}
