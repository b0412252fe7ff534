/** How many bytes a downlink may have at the data rate an end device last used: an estimate, for every band. */
import { bands, type Band, type Size } from "./bandTable";
import { dataRateText } from "./describe";
import type { DataRate } from "./messages";

/** Bytes that the network's own commands take of a frame as a rule; they may be up to three (real-traffic 14). */
export const usualMacCommands = 1;
export const mostMacCommands = 3;

export interface PayloadLimit {
  /** What fits beside the usual MAC command, in the strictest of the bands. */
  readonly bytes: number;
  /** The data rate of the uplink it was told from: `SF12`. */
  readonly dataRate: string;
  /** That such an uplink can be of: more than one is a guess. */
  readonly bands: readonly string[];
  /** What would fit in the most generous of the bands, and without a dwell time limit. */
  readonly atBest: number;
  /** The same two for a transmission without an uplink before it (class C), at the band's own RX2 data rate. */
  readonly atOnce: { readonly bytes: number; readonly atBest: number };
}

/**
 * What fits into the first receive window after an uplink like this. The network may use a better second window, or other
 * settings than the band's own. Undefined when no band is known for it. `frequency` in Hz.
 */
export function payloadLimit(
  dataRate: DataRate | undefined,
  frequency: number | undefined,
): PayloadLimit | undefined {
  if (dataRate === undefined || frequency === undefined) return undefined;
  const rate = rateName(dataRate);
  const found = bands.flatMap((band) => {
    const size = band.rx1.get(rate);
    return size && isOf(band, frequency, rate) ? [{ band, size }] : [];
  });
  if (found.length === 0) return undefined;
  const [bytes, atBest] = rangeOf(found.map(({ size }) => size));
  const [rx2, rx2AtBest] = rangeOf(found.map(({ band }) => band.rx2));
  return {
    ...{ bytes, atBest, dataRate: dataRateText(dataRate) },
    bands: found.map(({ band }) => band.name),
    atOnce: { bytes: rx2, atBest: rx2AtBest },
  };
}

/** The least and the most that fit, beside the usual MAC command. */
function rangeOf(sizes: readonly Size[]): readonly [least: number, most: number] {
  const least = Math.min(...sizes.map(({ dwelling }) => dwelling));
  const most = Math.max(...sizes.map(({ free }) => free));
  return [least - usualMacCommands, most - usualMacCommands];
}

/** Channels at 125 kHz that a band has at these places only, so that most of what others use can be told from it. Hz. */
const firstChannels: ReadonlyMap<string, number> = new Map([
  ["AU915", 915_200_000],
  ["KR920", 920_900_000],
]);
const channelStep = 200_000;

function isOf({ name, from, to }: Band, frequency: number, rate: string): boolean {
  if (frequency < from || frequency > to) return false;
  const first = firstChannels.get(name);
  if (first === undefined || !rate.endsWith("BW125")) return true;
  return (frequency - first) % channelStep === 0;
}

function rateName(dataRate: DataRate): string {
  switch (dataRate.modulation) {
    case "LoRa":
      return `SF${dataRate.spreadingFactor}BW${Math.trunc(dataRate.bandwidth / 1000)}`;
    case "FSK":
      return "FSK";
    case "LR-FHSS":
      return `LRFHSS${Math.trunc(dataRate.channelWidth / 1000)}`;
  }
}
