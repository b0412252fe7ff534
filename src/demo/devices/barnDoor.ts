/** barn-door-5: spoke a few times and then fell silent for good; its battery was flat. */
import { barn } from "../airwaves";
import type { SimulatedDevice } from "../simulatedDevice";

const lastWords = [1100, 4500, 9000, 15_000] as const;

export function barnDoor(): SimulatedDevice {
  return {
    endDevice: {
      deviceId: "barn-door-5",
      devEui: "70B3D57ED0051605",
      spreadingFactor: 7,
      formatters: {
        decodeUplink: (bytes) => ({
          data: { door: bytes[0] === 1 ? "open" : "closed", battery_v: (bytes[1] ?? 0) / 50 },
          warnings: ["battery low"],
        }),
      },
    },
    coverage: [[barn, -88]],
    pastUplinks: 8123,
    live: ({ after, uplink }) => {
      for (const [index, moment] of lastWords.entries()) {
        const framePayload = Uint8Array.of(index % 2, 112 - 3 * index);
        after(moment, () => uplink({ fPort: 4, framePayload, batteryPercentage: 3 - index / 2 }));
      }
    },
  };
}
