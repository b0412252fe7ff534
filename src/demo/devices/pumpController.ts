/** pump-controller-3: opens and closes a valve on command (FPort 15) and acknowledges confirmed downlinks. */
import type { JsonObject } from "../../stack/messages";
import { barn, silo } from "../airwaves";
import type { DecodedUplink, PayloadFormatters } from "../server/endDevice";
import type { SimulatedDevice } from "../simulatedDevice";

const commandPort = 15;

export function pumpController(): SimulatedDevice {
  let isOpen = false;
  let minutesLeft = 0;
  return {
    endDevice: {
      deviceId: "pump-controller-3",
      devEui: "70B3D57ED0051303",
      spreadingFactor: 7,
      formatters: pumpFormatters,
    },
    coverage: [
      [barn, -84],
      [silo, -99],
    ],
    pastUplinks: 518,
    live: ({ every, uplink, random }) =>
      every(10_000, 1300, () => {
        minutesLeft = Math.max(0, minutesLeft - 10); // a second is a minute here
        if (minutesLeft === 0) isOpen = false;
        const pressure = isOpen ? 23 + random.integer(-1, 1) : 41 + random.integer(-1, 1);
        const framePayload = Uint8Array.of(isOpen ? 1 : 0, minutesLeft >> 8, minutesLeft, pressure);
        uplink({ fPort: 3, framePayload });
      }),
    operate: ({ every, downlink, random }) =>
      every(40_000, 4000, () =>
        downlink({
          fPort: commandPort,
          decodedPayload: { valve: "open", minutes: random.integer(2, 4) * 10 },
          confirmed: true,
          correlationId: `irrigation-plan:${random.base32(8)}`,
        }),
      ),
    hear: ({ fPort, framePayload }) => {
      if (fPort === commandPort && framePayload.length === 3) {
        isOpen = framePayload[0] === 1;
        minutesLeft = isOpen ? minutesIn(framePayload) : 0;
      }
      return true;
    },
  };
}

/** Commands are `{"valve":"open"|"closed","minutes":n}` or bytes [valve, minutes high, minutes low]. */
export const pumpFormatters = {
  decodeUplink: (framePayload): DecodedUplink | undefined =>
    framePayload.length === 4
      ? { data: { ...command(framePayload), pressure_bar: (framePayload[3] ?? 0) / 10 } }
      : undefined,
  decodeDownlink: (framePayload, fPort) =>
    fPort === commandPort ? { data: command(framePayload) } : undefined,
  encodeDownlink: ({ valve, minutes, ...others }) => {
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) return { problem: `unknown field ${unknown}` };
    if (valve !== "open" && valve !== "closed") return { problem: "valve is open or closed" };
    const time = minutes ?? 0;
    if (typeof time !== "number" || !Number.isInteger(time) || time < 0 || time > 0xffff) {
      return { problem: "minutes is a whole number from 0 to 65535" };
    }
    const framePayload = Uint8Array.of(valve === "open" ? 1 : 0, time >> 8, time);
    const warnings = time > 120 ? ["the tank is empty after 120 minutes"] : [];
    return { framePayload, fPort: commandPort, warnings };
  },
} as const satisfies PayloadFormatters;

/** A command without its minutes is read as well, with nothing for them. */
function command(bytes: Uint8Array): JsonObject {
  const minutes = bytes.length < 3 ? null : minutesIn(bytes);
  return { valve: bytes[0] === 1 ? "open" : "closed", minutes };
}

function minutesIn(bytes: Uint8Array): number {
  return ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
}
