/** cold-room-2: behind steel walls it rarely hears its join-accept, so it joins again and again. */
import { barn } from "../airwaves";
import type { SimulatedDevice } from "../simulatedDevice";

export function coldRoom(): SimulatedDevice {
  let joins = 0;
  return {
    endDevice: {
      deviceId: "cold-room-2",
      devEui: "70B3D57ED0051502",
      spreadingFactor: 10,
      formatters: {
        decodeUplink: (bytes) => ({
          data: { temperature: Buffer.from(bytes).readInt16BE(0) / 100, compressor: "on" },
        }),
      },
    },
    coverage: [[barn, -119]],
    pastUplinks: 3,
    live: ({ every, after, join, uplink, random }) =>
      every(12_000, 700, () => {
        join();
        joins++;
        if (joins % 3 > 0) return; // the join-accept was lost in the walls
        after(2500, () => {
          const bytes = Buffer.alloc(2);
          bytes.writeInt16BE(Math.round(400 + random.noise(15)), 0);
          uplink({ fPort: 1, framePayload: bytes });
        });
      }),
  };
}
