/** An event's row in words, for screen readers: what the row abbreviates is said in full. */
import type { EventEntry } from "../../model/eventStore";
import { describe, eventLabel, type EventLabel } from "../../stack/describe";
import type { DownlinkDetails, Message } from "../../stack/messages";
import { summarizeFields } from "../../stack/values";
import { visible } from "../../stack/visible";
import { clockTime } from "../times";

const words: Readonly<Record<EventLabel, string>> = {
  UP: "Uplink",
  NORM: "Normalized payload",
  JOIN: "Join",
  DOWN: "Downlink",
  LOC: "Location",
  DATA: "Service data",
  BAD: "Message that cannot be decoded",
};

/** `Uplink at 12:04:31, FCnt 1042, FPort 2, 8 bytes, temp 22.5, hum 45, -97 dBm, 3 gateways`. */
export function spokenEvent({ at, content, note }: EventEntry): string {
  if (content.kind === "connection" || content.kind === "gap") return "";
  const parts = [
    `${words[eventLabel(content)]} at ${clockTime(at).slice(0, 8)}`,
    ...(content.kind === "undecodable" ? [content.reason] : partsOf(content)),
    note ?? "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function partsOf(message: Message): string[] {
  const odd = message.problems.map((problem) => `odd: ${problem}`);
  const simulated = message.simulated ? ["simulated"] : [];
  return [...bodyParts(message), ...simulated, ...odd];
}

function bodyParts(message: Message): string[] {
  switch (message.kind) {
    case "uplink":
    case "uplinkNormalized": {
      const { rssi, gatewayCount } = message.reception;
      const values = message.kind === "uplink" ? message.decodedPayload : message.normalizedPayload;
      return [
        message.fCnt === undefined ? "" : `FCnt ${message.fCnt}`,
        `FPort ${message.fPort}`,
        bytesText(message.framePayload),
        summarizeFields(values, 8).replaceAll("=", " ").replaceAll(" …", " and more"),
        rssi === undefined ? "" : `${rssi} dBm`,
        gatewayCount === 1 ? "1 gateway" : `${gatewayCount} gateways`,
      ];
    }
    case "downlinkQueued":
      return ["queued", ...downlinkParts(message.downlink)];
    case "downlinkSent":
      return ["sent", ...downlinkParts(message.downlink)];
    case "downlinkAck":
      return ["acknowledged", ...downlinkParts(message.downlink)];
    case "downlinkNack":
      return ["not acknowledged", ...downlinkParts(message.downlink)];
    case "downlinkFailed":
      return [
        "failed",
        visible(message.error?.text ?? "the server gave no reason", 300),
        ...(message.downlink ? downlinkParts(message.downlink) : []),
      ];
    default:
      return [visible(describe(message).replace(/ {2,}/g, ", ").replaceAll("=", " "), 300)];
  }
}

function downlinkParts({ fPort, framePayload, confirmed }: DownlinkDetails): string[] {
  return [`FPort ${fPort}`, bytesText(framePayload), confirmed ? "confirmed" : ""];
}

function bytesText({ length }: Uint8Array): string {
  return length === 1 ? "1 byte" : `${length} bytes`;
}
