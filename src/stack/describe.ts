/** A message in one line of words, for the event channel and the tree. */
import { shortCorrelationId, isOwnCorrelationId } from "./correlation";
import { toHex } from "./framePayload";
import type { DataRate, DownlinkDetails, Message, Undecodable, Uplink } from "./messages";
import { serverErrorWords } from "./serverErrorWords";
import { numberText, summarizeFields } from "./values";
import { visible } from "./visible";
import { counted } from "../util/counted";

/** The word in the second column of an event line. */
export type EventLabel = "UP" | "NORM" | "JOIN" | "DOWN" | "LOC" | "DATA" | "BAD";

export function eventLabel(message: Message | Undecodable): EventLabel {
  switch (message.kind) {
    case "uplink":
      return "UP";
    case "uplinkNormalized":
      return "NORM";
    case "join":
      return "JOIN";
    case "locationSolved":
      return "LOC";
    case "serviceData":
      return "DATA";
    case "undecodable":
      return "BAD";
    default:
      return "DOWN";
  }
}

/** All that follows the device id in an event line; remote text in it is already made visible. */
export function describe(message: Message | Undecodable): string {
  if (message.kind === "undecodable") {
    return `${message.reason}, ${counted(message.size, "byte")} on ${visible(message.topic, 200)}`;
  }
  return columns([
    describeBody(message),
    message.simulated ? "simulated" : "",
    message.problems.length > 0 ? `(!) ${message.problems.join(", ")}` : "",
  ]);
}

function describeBody(message: Message): string {
  switch (message.kind) {
    case "uplink":
    case "uplinkNormalized":
      return describeUplink(message);
    case "join":
      return message.devAddr ?? "";
    case "downlinkQueued":
    case "downlinkSent":
    case "downlinkAck":
    case "downlinkNack":
      return describeDownlink(downlinkWords[message.kind], message.downlink);
    case "downlinkFailed":
      return describeFailure(message);
    case "downlinkQueueInvalidated":
      return `queue invalidated, downlinks to compute again: ${message.downlinks.length}`;
    case "locationSolved":
      return describeLocation(message);
    case "serviceData":
      return columns([visible(message.service, 60), summarizeFields(message.data, 6)]);
  }
}

/** Position of the payload after the device id, and the room it gets, so that lines stand in columns. */
const payloadStart = 12;
const payloadWidth = 20;
const maximumPayloadShown = 20;

function describeUplink(message: Uplink | Extract<Message, { kind: "uplinkNormalized" }>): string {
  const values =
    message.kind === "uplink"
      ? summarizeFields(message.decodedPayload, 8)
      : summarizeFields(message.normalizedPayload, 8);
  const head = pad(fCntText(message), 7) + pad(`p${message.fPort}`, payloadStart - 7);
  return columns([
    head + shortPayload(message.framePayload, message.encrypted).padEnd(payloadWidth),
    values,
    message.kind === "uplink" ? warningsText("warning", message.warnings) : "",
    warningsText("normalizer's warning", message.normalizedWarnings),
    radio(message),
  ]).trimEnd();
}

/** `#1042`. A simulated uplink has no frame counter (real-traffic 33). */
function fCntText({ fCnt }: Pick<Uplink, "fCnt">): string {
  return fCnt === undefined ? "" : `#${fCnt}`;
}

function warningsText(word: string, warnings: readonly string[] = []): string {
  return warnings.length === 0
    ? ""
    : `${word}: ${warnings
        .slice(0, 3)
        .map((text) => visible(text, 80))
        .join(", ")}`;
}

/** `-97 dBm 7.2 dB SF9 3 gw`: the best gateway's reception and how many heard it. */
export function radio(message: Pick<Uplink, "reception" | "dataRate">): string {
  const { rssi, snr, gatewayCount } = message.reception;
  const parts: string[] = [];
  if (rssi !== undefined) parts.push(`${numberText(rssi)} dBm`);
  if (snr !== undefined) parts.push(`${numberText(snr)} dB`);
  if (message.dataRate) parts.push(dataRateText(message.dataRate));
  if (gatewayCount > 0) parts.push(`${gatewayCount} gw`);
  return parts.join(" ");
}

export function dataRateText(dataRate: DataRate): string {
  switch (dataRate.modulation) {
    case "LoRa":
      return `SF${dataRate.spreadingFactor}${[0, 125_000].includes(dataRate.bandwidth) ? "" : `/${dataRate.bandwidth / 1000}k`}`;
    case "FSK":
      return dataRate.bitRate === 0 ? "FSK" : `FSK ${dataRate.bitRate / 1000}k`;
    case "LR-FHSS":
      return "LR-FHSS";
  }
}

const downlinkWords = {
  downlinkQueued: "queued",
  downlinkSent: "sent",
  downlinkAck: "ack",
  downlinkNack: "nack",
} as const;

function describeDownlink(word: string, downlink: DownlinkDetails, reason = ""): string {
  const own = downlink.correlationIds.find(isOwnCorrelationId);
  const others = downlink.correlationIds.filter(
    (id) => !isOwnCorrelationId(id) && !/^(?:as|gs|ns|rpc|pba):/.test(id),
  );
  const values = downlink.decodedPayload ? summarizeFields(downlink.decodedPayload, 6) : "";
  const head = pad(word, 7) + pad(`p${downlink.fPort}`, payloadStart - 7);
  return columns([
    head + shortPayload(downlink.framePayload, false).padEnd(payloadWidth),
    reason,
    values,
    warningsText("encoder's warning", downlink.warnings),
    [priorityText(word, downlink), downlink.confirmed ? "confirmed" : ""].join(" ").trim(),
    own === undefined ? "" : `id ${visible(shortCorrelationId(own), 8)}`,
    others
      .slice(0, 3)
      .map((id) => visible(id, 100))
      .join(" "),
  ]).trimEnd();
}

/** What was asked for. Once it has become a frame, the server says HIGHEST of nearly all (real-traffic 3). */
function priorityText(word: string, { priority, fCnt }: DownlinkDetails): string {
  if (word === "sent") return "";
  return word === "failed" && fCnt !== undefined && priority === "HIGHEST"
    ? ""
    : visible(priority, 20);
}

/** The reason stands before everything that is less urgent: in our words, with the server's name of it to look it up. */
function describeFailure({
  downlink,
  error,
}: Extract<Message, { kind: "downlinkFailed" }>): string {
  const own = serverErrorWords(error)?.reason;
  const reason = visible(
    own === undefined
      ? (error?.text ?? "the server gave no reason")
      : `${own} (${error?.name ?? ""})`,
    300,
  );
  return downlink ? describeDownlink("failed", downlink, reason) : columns(["failed", reason]);
}

function describeLocation(message: Extract<Message, { kind: "locationSolved" }>): string {
  const { latitude, longitude, accuracy, altitude } = message;
  return columns([
    latitude === undefined || longitude === undefined
      ? "no position"
      : `${numberText(latitude)}, ${numberText(longitude)}`,
    altitude === undefined ? "" : `${numberText(altitude)} m up`,
    accuracy === undefined ? "" : `±${numberText(accuracy)} m`,
    visible(message.service, 60),
  ]);
}

function shortPayload(bytes: Uint8Array, isEncrypted: boolean): string {
  if (isEncrypted) return `encrypted, ${counted(bytes.length, "byte")}`;
  if (bytes.length <= maximumPayloadShown) return toHex(bytes);
  return `${toHex(bytes.subarray(0, maximumPayloadShown))}… (${bytes.length} bytes)`;
}

/** Pads to a column, and keeps a space before the next one even when the text is too long for it. */
function pad(text: string, width: number): string {
  return text.length < width ? text.padEnd(width) : `${text} `;
}

/** The parts that are not empty, two spaces between. */
function columns(parts: readonly string[]): string {
  let text = "";
  for (const part of parts) {
    if (part !== "") text = text === "" ? part : `${text}  ${part}`;
  }
  return text;
}

/** `1st`, `2nd`, `3rd`, `4th`. */
export function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][count % 10] ?? "th");
  return `${count}${suffix}`;
}
