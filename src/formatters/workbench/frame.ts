/** An uplink as payload formatters take it. */
import type { EventEntry } from "../../model/eventStore";
import { visible } from "../../stack/visible";
import type { DecodeInput, JsonObject } from "../formatter";

export interface Frame extends DecodeInput {
  readonly eventId: number;
  readonly applicationKey: string;
  readonly application: string;
  readonly deviceId: string;
  readonly fCnt: number | undefined;
  readonly bytes: Uint8Array;
  /** What the server decoded; undefined when it decoded nothing. */
  readonly server: JsonObject | undefined;
}

/** The frame of an event; undefined for what the server never decodes: FPort 0, payloads that it cannot read. */
export function frameOf({ id, at, applicationKey, content }: EventEntry): Frame | undefined {
  if (content.kind !== "uplink" || content.fPort === 0 || content.encrypted) return undefined;
  return {
    eventId: id,
    applicationKey,
    application: content.applicationUid,
    deviceId: content.deviceId,
    fPort: content.fPort,
    fCnt: content.fCnt,
    bytes: content.framePayload,
    recvTime: content.receivedAt ?? at,
    server: content.decodedPayload,
  };
}

/** `soil-probe-01 #1042 p2`; a simulated frame has no counter. */
export function frameName({
  deviceId,
  fCnt,
  fPort,
}: Pick<Frame, "deviceId" | "fCnt" | "fPort">): string {
  const counter = fCnt === undefined ? "" : ` #${fCnt}`;
  return `${visible(deviceId, 40)}${counter} p${fPort}`;
}
