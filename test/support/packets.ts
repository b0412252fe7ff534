/** Packets as a server sends them, byte by byte where the point is that they are wrong. */
import { generate, type Packet } from "mqtt-packet";

export function bytesOf(packet: Packet): Buffer {
  return generate(packet);
}

export function connack(returnCode = 0): Buffer {
  return Buffer.from([0x20, 2, 0, returnCode]);
}

export function suback(packetId: number, ...codes: readonly number[]): Buffer {
  return Buffer.from([0x90, 2 + codes.length, packetId >> 8, packetId & 0xff, ...codes]);
}

export function puback(packetId: number): Buffer {
  return Buffer.from([0x40, 2, packetId >> 8, packetId & 0xff]);
}

export const pingresp = Buffer.from([0xd0, 0]);

export function publish(topic: string, payload: string | Uint8Array, retain = false): Buffer {
  return generate({
    cmd: "publish",
    topic,
    payload: Buffer.from(payload),
    qos: 0,
    dup: false,
    retain,
  });
}
