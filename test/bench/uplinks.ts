/** Uplinks as a server sends them, encoded before anything is measured. */
import { readFixture } from "../support/fixtures";
import { publish } from "../support/packets";

export const application = "soil-lab@ttn";

export interface Size {
  readonly devices: number;
  readonly packets: number;
}

/** PUBLISH packets in one buffer; packet n reaches from `offsets[n]` to `offsets[n + 1]`. */
export interface Uplinks extends Size {
  readonly bytes: Buffer;
  readonly offsets: Float64Array;
}

type Fields = Record<string, unknown>;
interface UplinkBody extends Fields {
  readonly end_device_ids: Fields;
  readonly uplink_message: Fields & {
    readonly rx_metadata: readonly Fields[];
    readonly settings: Fields;
  };
}

const golden = JSON.parse(
  Buffer.from(readFixture("golden", "up-decoded")).toString(),
) as UplinkBody;
/** Left out of the golden uplink, so that a body has the size of a usual one: 1.2 kB. */
const leftOut = [
  "normalized_payload",
  "decoded_payload_warnings",
  "version_ids",
  "network_ids",
  "locations",
  "attributes",
];

/** Packet n is of end device n modulo `devices`; frame counters, levels and values change from one to the next. */
export function encodeUplinks({ devices, packets }: Size): Uplinks {
  const offsets = new Float64Array(packets + 1);
  let bytes = Buffer.alloc(packets * 1_300);
  for (let index = 0; index < packets; index++) {
    const packet = publish(topicOf(index % devices), JSON.stringify(bodyOf(index, devices)));
    const at = offsets[index] ?? 0;
    if (at + packet.length > bytes.length) {
      bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
    }
    packet.copy(bytes, at);
    offsets[index + 1] = at + packet.length;
  }
  return { devices, packets, bytes, offsets };
}

function idOf(device: number): string {
  return `soil-probe-${String(device).padStart(5, "0")}`;
}

export function topicOf(device: number): string {
  return `v3/${application}/devices/${idOf(device)}/up`;
}

export function bodyOf(index: number, devices: number): object {
  const hex = index.toString(16).toUpperCase().padStart(8, "0");
  const fraction = String((index * 7_919) % 1_000_000_000).padStart(9, "0");
  const { end_device_ids: ids, uplink_message: frame } = golden;
  const timestamp = 3_000_000_000 + index;
  const rssi = -120 + (index % 60);
  const fields: Fields = {
    ...frame,
    f_cnt: 100 + Math.floor(index / devices),
    frm_payload: Buffer.from(`${hex}${hex.slice(4)}`, "hex").toString("base64"),
    decoded_payload: {
      battery_mv: 3_000 + (index % 600),
      illuminance_lux: index % 2_000,
      temperature_c: (index % 400) / 10 - 5,
    },
    rx_metadata: frame.rx_metadata.map((antenna) => ({
      ...antenna,
      ...{ rssi, channel_rssi: rssi, snr: (index % 240) / 10 - 12, timestamp },
    })),
    settings: { ...frame.settings, timestamp },
  };
  for (const name of leftOut) Reflect.deleteProperty(fields, name);
  const device = index % devices;
  return {
    ...golden,
    end_device_ids: {
      ...ids,
      device_id: idOf(device),
      dev_eui: `70B3D57E${String(device).padStart(8, "0")}`,
      dev_addr: `26${hex.slice(2)}`,
    },
    correlation_ids: [`gs:uplink:01KJ4VMFCGDJH05J${hex}${hex.slice(-2)}`],
    received_at: `${new Date().toISOString().slice(0, 19)}.${fraction}Z`,
    uplink_message: fields,
  };
}
