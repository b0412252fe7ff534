/** What is known of an end device, as name and value, for the rows below it and its tooltip. */
import type { EndDevice } from "../../model/endDevice";
import { dataRateText } from "../../stack/describe";
import { toSpacedHex } from "../../stack/framePayload";
import { numberText } from "../../stack/values";
import { clockTime, duration } from "../times";
import { counted } from "../../util/counted";

export function deviceFacts(device: EndDevice, now: number): (readonly [string, string])[] {
  const { lastUplink, location, lastFailure } = device;
  const facts: (readonly [string, string | undefined])[] = [
    ["DevEUI", device.devEui],
    ["JoinEUI", device.joinEui],
    ["DevAddr", device.devAddr],
    ["Last heard", device.lastHeardAt === undefined ? undefined : ago(device.lastHeardAt, now)],
    [
      "Usually every",
      device.usualInterval === undefined ? undefined : duration(device.usualInterval),
    ],
    ["Last values", lastUplink && (lastUplink.values || undefined)],
    ["Formatter's warnings", device.warnings || undefined],
    ["Last payload", lastUplink && payloadText(lastUplink.framePayload, lastUplink.fPort)],
    ["FCnt", lastUplink && fCntText(lastUplink)],
    ["Reception", lastUplink && receptionText(lastUplink)],
    [
      "Battery",
      device.batteryPercentage === undefined
        ? undefined
        : `${Math.round(device.batteryPercentage)} %`,
    ],
    ["Location", location && `${numberText(location.latitude)}, ${numberText(location.longitude)}`],
    [
      "Payload encryption",
      device.encryptsItself ? "by the application, not the server" : undefined,
    ],
    ["Downlinks waiting", device.pendingCount === 0 ? undefined : String(device.pendingCount)],
    ["Last failure", lastFailure && `${ago(lastFailure.at, now)}: the event's line tells why`],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function ago(at: number, now: number): string {
  return `${clockTime(at).slice(0, 8)}, ${duration(now - at)} ago`;
}

function payloadText(bytes: Uint8Array, fPort: number): string {
  const shown = bytes.length > 32 ? `${toSpacedHex(bytes.subarray(0, 32))} …` : toSpacedHex(bytes);
  return `${shown === "" ? "empty" : shown} on FPort ${fPort}`;
}

function fCntText({ fCnt, order }: NonNullable<EndDevice["lastUplink"]>): string | undefined {
  if (fCnt === undefined) return undefined;
  return order === undefined ? String(fCnt) : `${fCnt}, ${order}`;
}

function receptionText({ reception, dataRate }: NonNullable<EndDevice["lastUplink"]>): string {
  const parts: string[] = [];
  if (reception.rssi !== undefined) parts.push(`${numberText(reception.rssi)} dBm`);
  if (reception.snr !== undefined) parts.push(`${numberText(reception.snr)} dB SNR`);
  if (dataRate) parts.push(dataRateText(dataRate));
  parts.push(counted(reception.gatewayCount, "gateway"));
  return parts.join(", ");
}
