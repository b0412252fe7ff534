/**
 * Cuts the server's bytes into MQTT 3.1.1 packets and refuses everything that a correct server never sends. A pure
 * function: bytes → frames | violation. Source: reliability §2.7, MQTT 3.1.1 §2.2, §3.
 */
import { isUtf8 } from "node:buffer";
import { judgeGreeting } from "./greeting";

/** One PUBLISH with QoS 0. */
export interface PublishFrame {
  readonly type: "publish";
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

/** Any other packet, as it came, for MQTT.js. */
export interface ControlFrame {
  readonly type: "control";
  readonly bytes: Uint8Array;
}

export type Frame = PublishFrame | ControlFrame;

/** What is left over between two calls. */
export interface FramingState {
  /** The beginning of a packet that is not complete yet. */
  readonly rest: Uint8Array;
  readonly hasConnack: boolean;
  /** At least this many bytes must come before the packet in `rest` can be judged further; 0 without one. */
  readonly missing: number;
}

export interface Framed {
  readonly frames: readonly Frame[];
  readonly state: FramingState;
  /** Why the connection must be closed, in words; the frames before it are good. */
  readonly violation: string | undefined;
}

export const initialFraming: FramingState = {
  rest: new Uint8Array(0),
  hasConnack: false,
  missing: 0,
};

/** Largest remaining length that is accepted. Bytes. */
export const maximumPacket = 1024 * 1024;

const connack = 2;
const publish = 3;
const puback = 4;
const suback = 9;
const unsuback = 11;
const pingresp = 13;

/** Takes the next bytes. The frames point into `chunk` or into the joined rest: copy what is kept. */
export function readFrames(state: FramingState, chunk: Uint8Array): Framed {
  const bytes = state.rest.length === 0 ? asBuffer(chunk) : Buffer.concat([state.rest, chunk]);
  if (!state.hasConnack) {
    const greeting = judgeGreeting(bytes);
    const waiting: FramingState = { rest: bytes, hasConnack: false, missing: 1 };
    if (greeting.is === "more") return { frames: [], state: waiting, violation: undefined };
    if (greeting.is === "foreign" && greeting.name !== "") {
      return { frames: [], state: waiting, violation: greeting.name };
    }
  }
  const frames: Frame[] = [];
  let hasConnack = state.hasConnack;
  let at = 0;
  let missing = 0;
  let violation: string | undefined;
  while (at < bytes.length) {
    const header = readHeader(bytes, at);
    if (header === "incomplete") {
      missing = 1;
      break;
    }
    if (typeof header === "object") {
      const end = header.bodyAt + header.length;
      const first = bytes[at] ?? 0;
      violation = headerViolation(first, header.length, hasConnack);
      missing = Math.max(0, end - bytes.length);
      if (violation !== undefined || missing > 0) break;
      const frame = readBody(first, bytes, at, header.bodyAt, end);
      if (typeof frame === "string") {
        violation = frame;
        break;
      }
      hasConnack = true;
      frames.push(frame);
      at = end;
    } else {
      violation = "a packet length that is not MQTT";
      break;
    }
  }
  return { frames, state: { rest: bytes.subarray(at), hasConnack, missing }, violation };
}

/** The remaining length (1 to 4 bytes) and where the body begins. */
function readHeader(
  bytes: Uint8Array,
  at: number,
): { bodyAt: number; length: number } | "incomplete" | undefined {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[at + 1 + index];
    if (byte === undefined) return "incomplete";
    length += (byte & 0x7f) << (7 * index);
    if (byte < 0x80) return { bodyAt: at + 2 + index, length };
  }
  return undefined;
}

/** What can be judged before the body has arrived: type, flags, length and order. */
function headerViolation(first: number, length: number, hasConnack: boolean): string | undefined {
  const type = first >> 4;
  const flags = first & 0x0f;
  if (length > maximumPacket) return `a packet of ${length} bytes`;
  if (type === connack) {
    if (hasConnack) return "a second CONNACK";
    return flags === 0 && length === 2 ? undefined : "a malformed CONNACK";
  }
  if (!hasConnack) return `packet type ${type} before CONNACK`;
  switch (type) {
    case publish:
      // We subscribe with QoS 0, so only RETAIN may be set (MQTT 3.1.1 §3.8.4).
      if ((flags & 0x0e) !== 0) return "a PUBLISH with QoS or DUP";
      return length >= 3 ? undefined : "a PUBLISH without topic";
    case puback:
    case unsuback:
      return flags === 0 && length === 2 ? undefined : "a malformed acknowledgement";
    case suback:
      return flags === 0 && length === 3 ? undefined : "a malformed SUBACK";
    case pingresp:
      return flags === 0 && length === 0 ? undefined : "a malformed PINGRESP";
    default:
      return `packet type ${type}, which a server never sends here`;
  }
}

function readBody(
  first: number,
  bytes: Buffer,
  at: number,
  bodyAt: number,
  end: number,
): Frame | string {
  if (first >> 4 === publish) return readPublish(bytes, bodyAt, end, (first & 1) === 1);
  const violation = controlViolation(first >> 4, bytes.subarray(bodyAt, end));
  return violation ?? { type: "control", bytes: bytes.subarray(at, end) };
}

function controlViolation(type: number, body: Uint8Array): string | undefined {
  const [high = 0, low = 0, code = 0] = body;
  if (type === connack) {
    if (high > 1) return "a CONNACK with unknown flags";
    return low <= 5 ? undefined : `CONNACK code ${low}`;
  }
  if (type === pingresp) return undefined;
  if (high === 0 && low === 0) return "an acknowledgement of packet 0";
  if (type === suback && ![0, 1, 2, 128].includes(code)) return `SUBACK code ${code}`;
  return undefined;
}

function readPublish(
  bytes: Buffer,
  bodyAt: number,
  end: number,
  retain: boolean,
): PublishFrame | string {
  const topicLength = ((bytes[bodyAt] ?? 0) << 8) | (bytes[bodyAt + 1] ?? 0);
  const payloadAt = bodyAt + 2 + topicLength;
  if (topicLength === 0 || payloadAt > end) return "a PUBLISH whose topic does not fit";
  let highest = 0;
  for (let at = bodyAt + 2; at < payloadAt; at++) {
    const byte = bytes[at] ?? 0;
    // NUL, `#` and `+` (MQTT 3.1.1 §1.5.3, §4.7.1).
    if (byte === 0 || byte === 0x23 || byte === 0x2b) return "a topic with a wildcard or NUL";
    if (byte > highest) highest = byte;
  }
  const isAscii = highest < 0x80;
  if (!isAscii && !isUtf8(bytes.subarray(bodyAt + 2, payloadAt)))
    return "a topic that is not UTF-8";
  const topic = bytes.toString(isAscii ? "latin1" : "utf8", bodyAt + 2, payloadAt);
  return { type: "publish", topic, payload: bytes.subarray(payloadAt, end), retain };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a peer was that said nothing more, if it was no MQTT server; undefined for one that only stopped. */
export function unfinishedGreeting({ rest, hasConnack }: FramingState): string | undefined {
  if (hasConnack || rest.length === 0) return undefined;
  const greeting = judgeGreeting(rest, true);
  if (greeting.is !== "foreign") return undefined;
  return greeting.name === "" ? "bytes that are not MQTT" : greeting.name;
}
