/** gate-sensor: hears only every second downlink, so confirmed ones get a nack before their ack. */
import { village } from "../airwaves";
import type { SimulatedDevice } from "../simulatedDevice";

export function gateSensor(): SimulatedDevice {
  let transmissions = 0;
  let openings = 0;
  return {
    endDevice: {
      deviceId: "gate-sensor",
      devEui: "70B3D57ED0051901",
      spreadingFactor: 11,
      formatters: {
        decodeUplink: (bytes) => ({
          data: {
            gate: bytes[0] === 1 ? "open" : "closed",
            openings: Buffer.from(bytes).readUInt16BE(1),
          },
        }),
      },
    },
    coverage: [[village, -122]],
    pastUplinks: 640,
    live: ({ every, uplink, random }) =>
      every(11_000, 3100, () => {
        const isOpen = random.next() < 0.3;
        if (isOpen) openings++;
        const framePayload = Uint8Array.of(isOpen ? 1 : 0, openings >> 8, openings);
        uplink({ fPort: 6, framePayload });
      }),
    operate: ({ every, downlink, random }) =>
      every(45_000, 2000, () =>
        downlink({
          fPort: 6,
          framePayload: Uint8Array.of(0x01, 0x0a),
          confirmed: true,
          correlationId: `gate-settings:${random.base32(8)}`,
        }),
      ),
    hear: () => ++transmissions % 2 === 0,
  };
}
