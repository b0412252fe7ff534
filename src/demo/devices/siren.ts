/** siren-2: class C, so it hears at once; answers every command with its state in an uplink. */
import { barn, village } from "../airwaves";
import type { PayloadFormatters } from "../server/endDevice";
import type { SimulatedDevice } from "../simulatedDevice";

const commandPort = 5;

export function siren(): SimulatedDevice {
  let secondsLeft = 0;
  const state = (): Uint8Array => Uint8Array.of(secondsLeft > 0 ? 1 : 0, secondsLeft);
  return {
    endDevice: {
      deviceId: "siren-2",
      devEui: "70B3D57ED0051402",
      deviceClass: "C",
      spreadingFactor: 9,
      formatters: sirenFormatters,
    },
    coverage: [
      [barn, -90],
      [village, -112],
    ],
    pastUplinks: 96,
    live: ({ every, uplink }) =>
      every(25_000, 1700, () => {
        secondsLeft = Math.max(0, secondsLeft - 25);
        uplink({ fPort: commandPort, framePayload: state() });
      }),
    hear: ({ fPort, framePayload }, { after, uplink }) => {
      const [isOn, seconds] = framePayload;
      if (fPort === commandPort && isOn !== undefined)
        secondsLeft = isOn === 1 ? (seconds ?? 60) : 0;
      after(350, () => uplink({ fPort: commandPort, framePayload: state() }));
      return true;
    },
  };
}

/** Commands are `{"siren":"on"|"off","seconds":n}` or bytes [on, seconds]. */
const sirenFormatters: PayloadFormatters = {
  decodeUplink: (bytes) => ({
    data: { siren: bytes[0] === 1 ? "on" : "off", seconds_left: bytes[1] ?? 0 },
  }),
  decodeDownlink: (bytes) => ({
    data: { siren: bytes[0] === 1 ? "on" : "off", seconds: bytes[1] ?? 60 },
  }),
  encodeDownlink: ({ siren: wanted, seconds }) => {
    if (wanted !== "on" && wanted !== "off") return { problem: "siren is on or off" };
    const time = typeof seconds === "number" ? Math.min(255, Math.max(0, Math.trunc(seconds))) : 60;
    return { framePayload: Uint8Array.of(wanted === "on" ? 1 : 0, time), fPort: commandPort };
  },
};
