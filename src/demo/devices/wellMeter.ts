/** well-meter-9: far away at SF12, where 50 bytes fit beside MAC commands; the firmware chunks its owner queues are longer and fail. */
import { hill } from "../airwaves";
import type { SimulatedDevice } from "../simulatedDevice";

const chunkLength = 64;

export function wellMeter(): SimulatedDevice {
  let level = 4.2;
  return {
    endDevice: {
      deviceId: "well-meter-9",
      devEui: "70B3D57ED0051709",
      spreadingFactor: 12,
      maximumPayload: 51,
      formatters: {
        decodeUplink: (bytes) => ({
          data: { level_m: Buffer.from(bytes).readUInt16BE(0) / 1000 },
        }),
      },
    },
    coverage: [[hill, -127]],
    pastUplinks: 305,
    live: ({ every, uplink, random }) =>
      every(14_000, 2600, () => {
        level = Math.min(5, Math.max(3, level + random.noise(0.02)));
        const bytes = Buffer.alloc(2);
        bytes.writeUInt16BE(Math.round(level * 1000), 0);
        uplink({ fPort: 7, framePayload: bytes });
      }),
    operate: ({ every, downlink, random }) =>
      every(30_000, 8000, () =>
        downlink({
          fPort: 201,
          framePayload: random.bytes(chunkLength),
          correlationId: `firmware-update:${random.base32(8)}`,
        }),
      ),
  };
}
