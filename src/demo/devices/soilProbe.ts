/** soil-probe-01: a patient probe in the ground; its formatter also normalizes (`up/normalized`). */
import { barn, hill, silo } from "../airwaves";
import type { DecodedUplink } from "../server/endDevice";
import type { SimulatedDevice } from "../simulatedDevice";

export function soilProbe(): SimulatedDevice {
  let moisture = 31;
  let battery = 3.52;
  return {
    endDevice: {
      deviceId: "soil-probe-01",
      devEui: "70B3D57ED0051201",
      spreadingFactor: 8,
      formatters: { decodeUplink },
      versionIds: {
        brand_id: "example-instruments",
        model_id: "soil-probe-2",
        hardware_version: "1.1",
        firmware_version: "2.0.3",
        band_id: "EU_863_870",
      },
      attributes: { field: "north-7" },
    },
    coverage: [
      [barn, -101],
      [silo, -94],
      [hill, -113],
    ],
    pastUplinks: 2210,
    live: ({ every, uplink, weather, random }) =>
      every(14_000, 400, () => {
        moisture = moisture < 22 ? 36 : moisture - random.between(0.02, 0.3); // irrigated when dry
        battery = Math.max(3.3, battery - 0.0004);
        const temperature = 11 + weather().temperature * 0.25 + random.noise(0.05);
        const bytes = Buffer.alloc(6);
        bytes.writeUInt16BE(Math.round(battery * 1000), 0);
        bytes.writeUInt16BE(Math.round(moisture * 10), 2);
        bytes.writeInt16BE(Math.round(temperature * 100), 4);
        uplink({ fPort: 2, framePayload: bytes, batteryPercentage: 71.25984 });
      }),
  };
}

function decodeUplink(framePayload: Uint8Array): DecodedUplink | undefined {
  if (framePayload.length !== 6) return undefined;
  const bytes = Buffer.from(framePayload);
  const battery = bytes.readUInt16BE(0) / 1000;
  const moisture = bytes.readUInt16BE(2) / 10;
  const temperature = bytes.readInt16BE(4) / 100;
  return {
    data: { battery_v: battery, soil_moisture: moisture, soil_temperature: temperature },
    ...(battery < 3.5 ? { warnings: ["battery below 3.5 V"] } : {}),
    normalized: [{ soil: { depth: 20, moisture, temperature } }],
  };
}
