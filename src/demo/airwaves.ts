/** Which of the farm's gateways hear an end device, how loud and how clear. */
import type { Random } from "./random";
import type { SpreadingFactor } from "./server/radio";
import { receptionOf, type Gateway } from "./server/reception";
import type { WireObject } from "./server/wireObject";

export const barn = place("barn-roof-gw", "A84041FFFF21F0C4", 51.98655, 5.66502, 34);
export const silo = place("silo-gw", "A84041FFFF21F0D7", 51.98922, 5.6588, 41);
export const hill = place("hill-top-gw", "AC1F09FFFE0A3B11", 52.00187, 5.70214, 96);
export const village = place("village-church-gw", "58A0CBFFFE80217E", 51.96934, 5.66541, 62);

/** The gateways in reach, each with its mean RSSI in dBm. */
export type Coverage = readonly (readonly [Gateway, number])[];

/** Below this SNR a gateway cannot demodulate. dB. */
const demodulationFloor: Readonly<Record<SpreadingFactor, number>> = {
  7: -7.5,
  8: -10,
  9: -12.5,
  10: -15,
  11: -17.5,
  12: -20,
};

/** `rx_metadata` of one frame. At least one gateway hears it, as nobody would know of it otherwise. */
export function hear(
  coverage: Coverage,
  spreadingFactor: SpreadingFactor,
  now: number,
  random: Random,
): readonly WireObject[] {
  const timestamp = (now * 1000 + random.integer(1, 999)) % 2 ** 32;
  const heard = coverage.map(([gateway, mean]) => {
    const rssi = Math.round(mean + random.noise(2.2));
    const clarity = Math.min(9.5, (rssi + 114) * 0.6) + random.noise(0.8);
    const snr = Math.round(clarity * 4) / 4;
    return { gateway, rssi, snr };
  });
  const strongest = Math.max(...heard.map(({ rssi }) => rssi));
  return heard
    .filter(({ rssi, snr }) => rssi === strongest || snr > demodulationFloor[spreadingFactor])
    .map(({ gateway, rssi, snr }) =>
      receptionOf(gateway, now, (timestamp + random.integer(0, 90)) % 2 ** 32, rssi, snr, random),
    );
}

function place(
  gatewayId: string,
  eui: string,
  latitude: number,
  longitude: number,
  altitude: number,
): Gateway {
  return { gatewayId, eui, latitude, longitude, altitude };
}
