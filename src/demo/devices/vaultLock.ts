/** vault-lock-4: its owner encrypts everything himself, so he also sees invalidated downlink queues. */
import { barn, silo } from "../airwaves";
import type { SimulatedDevice } from "../simulatedDevice";

const period = 18_000;
const firstUplink = 2300;

export function vaultLock(): SimulatedDevice {
  return {
    endDevice: {
      deviceId: "vault-lock-4",
      devEui: "70B3D57ED0051A04",
      spreadingFactor: 8,
      skipsPayloadCrypto: true,
    },
    coverage: [
      [barn, -99],
      [silo, -106],
    ],
    pastUplinks: 1290,
    live: ({ every, uplink, random }) =>
      every(period, firstUplink, () => uplink({ fPort: 9, framePayload: random.bytes(12) })),
    operate: ({ every, after, downlink, macOnlyDownlink, random }) =>
      every(50_000, 5000, () => {
        downlink({
          fPort: 9,
          framePayload: random.bytes(6),
          correlationId: `vault-access:${random.base32(8)}`,
        });
        after(700, macOnlyDownlink); // takes the frame counter that the application chose
      }),
  };
}
