/** greenhouse-07: climate of a greenhouse in CayenneLPP, well covered, warmer and damper than outside. */
import { barn, hill, silo, village } from "../airwaves";
import type { SimulatedDevice } from "../simulatedDevice";
import {
  decodeCayenneDownlink,
  decodeCayenneLpp,
  encodeCayenneDownlink,
  encodeCayenneLpp,
} from "./cayenneLpp";

export function greenhouse(): SimulatedDevice {
  return {
    endDevice: {
      deviceId: "greenhouse-07",
      devEui: "70B3D57ED0051207",
      spreadingFactor: 9,
      formatters: {
        decodeUplink: decodeCayenneLpp,
        encodeDownlink: encodeCayenneDownlink,
        decodeDownlink: decodeCayenneDownlink,
      },
    },
    coverage: [
      [barn, -97],
      [silo, -103],
      [hill, -116],
      [village, -121],
    ],
    pastUplinks: 1042,
    live: ({ every, uplink, weather, random }) =>
      every(10_000, 900, () => {
        const { temperature, humidity, light } = weather();
        const framePayload = encodeCayenneLpp([
          {
            channel: 3,
            type: "temperature",
            value: temperature + 3 + light / 9000 + random.noise(0.1),
          },
          {
            channel: 4,
            type: "relative_humidity",
            value: Math.min(99, humidity + 8 + random.noise(0.4)),
          },
          { channel: 5, type: "luminosity", value: light * 0.7 + random.between(3, 9) },
        ]);
        uplink({ fPort: 2, framePayload });
      }),
  };
}
