/** Recognises a downlink as the server takes or tells it where only its fields or its payload are wanted, and takes it apart. */
import { isRecord } from "../util/guards";

/** One downlink of a push, in the terms of a form or of a downlink file. */
export interface PastedDownlink {
  readonly fPort: number | string | undefined;
  readonly payload:
    | { readonly format: "base64"; readonly text: string }
    | { readonly format: "fields"; readonly fields: Readonly<Record<string, unknown>> };
  readonly priority: string | undefined;
  readonly confirmed: boolean;
}

/** Names of a downlink in the server's JSON. */
const wireNames = new Set(
  (
    "f_port frm_payload decoded_payload priority confirmed class_b_c correlation_ids confirmed_retry f_cnt session_key_id " +
    "decoded_payload_warnings network_ids version_ids attributes locations"
  ).split(" "),
);
const eventNames = [
  ...["downlink_queued", "downlink_sent", "downlink_ack", "downlink_nack", "downlink_message"],
];
const maximumDownlinks = 20;

/** The downlinks in a push, in one of its items, or in a message about a downlink; undefined for anything else. */
export function readPush(value: unknown): readonly PastedDownlink[] | undefined {
  if (!isRecord(value)) return undefined;
  const list: readonly unknown[] = Array.isArray(value.downlinks)
    ? value.downlinks
    : [eventNames.map((name) => value[name]).find(isRecord) ?? failedIn(value) ?? value];
  const downlinks = list.slice(0, maximumDownlinks).flatMap((each) => readItem(each) ?? []);
  const isWhole =
    downlinks.length > 0 && downlinks.length >= Math.min(list.length, maximumDownlinks);
  return isWhole ? downlinks : undefined;
}

function failedIn({ downlink_failed: failed }: Readonly<Record<string, unknown>>): unknown {
  return isRecord(failed) ? failed.downlink : undefined;
}

function readItem(item: unknown): PastedDownlink | undefined {
  if (!isRecord(item) || !Object.keys(item).every((name) => wireNames.has(name))) return undefined;
  const { f_port: port, frm_payload: base64, decoded_payload: fields, priority, confirmed } = item;
  const fPort = typeof port === "number" || typeof port === "string" ? port : undefined;
  const rest = {
    fPort,
    priority: typeof priority === "string" ? priority : undefined,
    confirmed: confirmed === true,
  };
  // The server takes the bytes where both are there.
  if (typeof base64 === "string" && base64 !== "")
    return { ...rest, payload: { format: "base64", text: base64 } };
  return isRecord(fields) ? { ...rest, payload: { format: "fields", fields } } : undefined;
}

/** What to do with a push where fields are wanted, in words. */
export function pushProblem([first, ...more]: readonly PastedDownlink[]): string {
  if (!first) return "";
  const { payload, fPort } = first;
  const port = fPort === undefined ? "" : ` on FPort ${fPort}`;
  const what =
    payload.format === "base64"
      ? `Its payload is base64: choose Base64 and enter ${short(payload.text)}${port}.`
      : `Enter only its fields${port}: ${short(JSON.stringify(payload.fields))}`;
  const others = more.length > 0 ? ` It holds ${more.length + 1} downlinks.` : "";
  return `This is a whole push, not the fields of a downlink.${others} ${what}`;
}

/** The same downlink as the text of a downlink file. */
export function asDownlinkFile({ fPort, payload, priority, confirmed }: PastedDownlink): string {
  return JSON.stringify({
    ...(fPort !== undefined && { fPort: Number(fPort) }),
    ...(payload.format === "base64" ? { base64: payload.text } : { fields: payload.fields }),
    ...(priority !== undefined && { priority }),
    ...(confirmed && { confirmed }),
  });
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
