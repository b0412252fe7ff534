/** tracker-12: a tractor with GPS: `location/solved` from its payload, `service/data` from a solver package. */
import { barn, hill, silo, village } from "../airwaves";
import type { SimulatedDevice } from "../simulatedDevice";

/** Degrees per real second, about 20 km/h in the farm's time. */
const step = 0.00008;

export function tracker(): SimulatedDevice {
  let heading = 0.8;
  let latitude = 51.9874;
  let longitude = 5.6634;
  return {
    endDevice: {
      deviceId: "tracker-12",
      devEui: "70B3D57ED005180C",
      spreadingFactor: 10,
      formatters: {
        decodeUplink: (framePayload) => {
          if (framePayload.length !== 9) return undefined;
          const bytes = Buffer.from(framePayload);
          return {
            data: {
              latitude: bytes.readInt32BE(0) / 1e6,
              longitude: bytes.readInt32BE(4) / 1e6,
              altitude: 12,
              accuracy: bytes.readUInt8(8),
            },
          };
        },
      },
    },
    coverage: [
      [barn, -104],
      [silo, -109],
      [hill, -115],
      [village, -118],
    ],
    pastUplinks: 77,
    live: ({ every, uplink, random }) =>
      every(16_000, 1900, () => {
        heading += random.noise(0.4);
        latitude += step * Math.sin(heading);
        longitude += step * Math.cos(heading);
        const bytes = Buffer.alloc(9);
        bytes.writeInt32BE(Math.round(latitude * 1e6), 0);
        bytes.writeInt32BE(Math.round(longitude * 1e6), 4);
        bytes.writeUInt8(random.integer(2, 6), 8);
        const lostFrames = random.next() < 0.15 ? 1 : 0;
        uplink({ fPort: 10, framePayload: bytes, lostFrames });
      }),
    operate: ({ every, serviceData, random }) =>
      every(35_000, 6000, () =>
        serviceData("lora-cloud-device-management-v1", {
          position_solution: {
            algorithm_type: "gnss",
            llh: [latitude, longitude, 12.4],
            accuracy: Math.round(random.between(15, 40) * 10) / 10,
          },
          stream_records: null,
        }),
      ),
  };
}
