/** EU868 as far as messages show it: payload limits, time on air, `settings`. Source: tts-mqtt §5.5, §6.4. */
import { gatewayTime } from "./stamps";
import { withoutZeros, type WireObject } from "./wireObject";

export type SpreadingFactor = 7 | 8 | 9 | 10 | 11 | 12;

/** Largest frame payload that is accepted into a queue at all, over all data rates of the band. Bytes. */
export const bandMaximumPayload = 242;

export const frequencies = [
  868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000, 867_700_000,
  867_900_000,
] as const;

/** Bytes of frame payload that fit at this data rate. */
export function maximumPayload(spreadingFactor: SpreadingFactor): number {
  if (spreadingFactor >= 10) return 51;
  return spreadingFactor === 9 ? 115 : bandMaximumPayload;
}

/** Microseconds on air of an uplink: LoRa modem formula, 125 kHz, coding rate 4/5, 13 bytes around the payload. */
export function timeOnAir(spreadingFactor: SpreadingFactor, payloadLength: number): number {
  const symbol = (2 ** spreadingFactor * 1_000_000) / 125_000;
  const saved = spreadingFactor >= 11 ? 2 : 0; // low data rate optimisation
  const bits = 8 * (payloadLength + 13) - 4 * spreadingFactor + 28 + 16;
  const symbols = 8 + Math.max(0, Math.ceil(bits / (4 * (spreadingFactor - saved)))) * 5;
  return Math.round((symbols + 12.25) * symbol);
}

/** A reception in the concentrator's counter, µs, and in ms since 1970. */
export interface ReceptionTime {
  readonly timestamp: number;
  readonly time: number;
}

/** `settings` of an uplink; simulated ones are never received: no time, no coding rate. `frequency` in Hz. */
export function uplinkSettings(
  spreadingFactor: SpreadingFactor,
  frequency: number,
  reception?: ReceptionTime,
): WireObject {
  return withoutZeros({
    data_rate: {
      lora: {
        bandwidth: 125_000,
        spreading_factor: spreadingFactor,
        ...(reception === undefined ? {} : { coding_rate: "4/5" }),
      },
    },
    frequency: String(frequency),
    timestamp: reception?.timestamp,
    time:
      reception === undefined ? undefined : gatewayTime(reception.time, reception.timestamp % 1000),
  });
}
