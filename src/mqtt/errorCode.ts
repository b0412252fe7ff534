/** What passes of an error from Node or MQTT.js: its stable code. Source: reliability A5. */
import { FramingError } from "./framingFilter";

/** Text and other fields of a library error go no further: they may hold addresses, packets or the key. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "UNKNOWN";
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === "number") return `CONNACK_${code}`;
  if (typeof code === "string" && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  return (typeof message === "string" ? codeByMessage.get(message) : undefined) ?? "UNKNOWN";
}

/** Errors of MQTT.js that have no code. */
const codeByMessage: ReadonlyMap<string, string> = new Map([
  ["Keepalive timeout", "KEEPALIVE"],
  ["connack timeout", "TIMEOUT"],
]);

/** Our own words for a framing error; empty for everything else. */
export function detailOf(error: unknown): string {
  return error instanceof FramingError ? error.message : "";
}
