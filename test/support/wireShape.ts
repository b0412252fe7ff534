/** Checks a message against the marshalling rules of the server. Source: tts-mqtt §4, §5.1. */

const hexFields = new Map([
  ["dev_eui", 16],
  ["join_eui", 16],
  ["eui", 16],
  ["ns_id", 16],
  ["dev_addr", 8],
  ["net_id", 6],
]);
const base64Fields = ["frm_payload", "session_key_id", "uplink_token"];
const longFields = ["frequency", "frequency_offset", "fine_timestamp"];
const timeFields = ["received_at", "time", "gps_time", "absolute_time"];
/** Free form or wrapper types: zeros may be there. */
const freeFields = ["decoded_payload", "normalized_payload", "data", "attributes"];
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?:\d{3}|\d{6}|\d{9}))?Z$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What breaks the rules, as `path: why`. */
export function wireProblems(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const found = fieldProblem(key, child);
    if (found !== undefined) return [`${place}: ${found}`];
    return freeFields.includes(key) ? [] : wireProblems(child, place);
  });
}

function fieldProblem(key: string, value: unknown): string | undefined {
  if (freeFields.includes(key)) return value === undefined ? "undefined" : undefined;
  if (value === "" || value === 0 || value === false || value === null) return "zero is written";
  if (Array.isArray(value) && value.length === 0) return "empty list is written";
  const digits = hexFields.get(key);
  if (digits !== undefined && !new RegExp(`^[0-9A-F]{${digits}}$`).test(text(value))) {
    return `not ${digits} hex digits`;
  }
  if (base64Fields.includes(key) && !base64.test(text(value))) return "not base64";
  if (longFields.includes(key) && !/^-?[1-9]\d*$/.test(text(value))) return "no decimal string";
  if (timeFields.includes(key) && !timestamp.test(text(value))) return "no timestamp";
  if (key === "consumed_airtime" && !/^\d+(?:\.(?:\d{3}|\d{6}|\d{9}))?s$/.test(text(value))) {
    return "no duration";
  }
  if (key === "correlation_ids" && !isSortedUnique(value)) return "not sorted and unique";
  return undefined;
}

function isSortedUnique(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const ids = value.map(text);
  return ids.every((id, index) => index === 0 || (ids[index - 1] ?? "") < id);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `path: type` of everything in the JSON, list positions left out. */
export function shapeOf(value: unknown, path = ""): ReadonlyMap<string, string> {
  const shape = new Map<string, string>();
  if (typeof value !== "object" || value === null) return shape.set(path, typeof value);
  for (const [key, child] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${path}[]` : `${path}.${key}`;
    for (const [inner, type] of shapeOf(child, place)) shape.set(inner, type);
  }
  return shape;
}
