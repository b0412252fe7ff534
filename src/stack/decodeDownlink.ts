/** The bodies of the `down/…` events. Source: tts-mqtt §5.8–§5.10, §8. */
import type {
  Envelope,
  DownlinkDetails,
  DownlinkEvent,
  DownlinkFailed,
  DownlinkQueueInvalidated,
  JsonObject,
  ServerError,
} from "./messages";
import type { WireObject } from "./wireReaders";

export function decodeDownlinkEvent(
  kind: DownlinkEvent["kind"],
  envelope: Envelope,
  body: WireObject,
): DownlinkEvent {
  return { kind, ...envelope, downlink: readDownlink(body) };
}

export function decodeDownlinkFailed(envelope: Envelope, body: WireObject): DownlinkFailed {
  const downlink = body.object("downlink");
  const error = body.object("error");
  return {
    kind: "downlinkFailed",
    ...envelope,
    downlink: downlink && readDownlink(downlink),
    error: error && readError(error),
  };
}

export function decodeInvalidated(envelope: Envelope, body: WireObject): DownlinkQueueInvalidated {
  return {
    kind: "downlinkQueueInvalidated",
    ...envelope,
    downlinks: body.objects("downlinks").map(readDownlink),
    lastFCntDown: body.optionalInteger("last_f_cnt_down", 0xffffffff),
  };
}

function readDownlink(body: WireObject): DownlinkDetails {
  const retry = body.object("confirmed_retry");
  const warnings = body.strings("decoded_payload_warnings");
  const classBC = body.object("class_b_c");
  return {
    fPort: body.integer("f_port", 255),
    fCnt: body.optionalInteger("f_cnt", 0xffffffff),
    framePayload: body.bytes("frm_payload"),
    decodedPayload: body.json("decoded_payload"),
    confirmed: body.boolean("confirmed"),
    // The zero value is omitted, and the zero value is LOWEST.
    priority: body.string("priority") ?? "LOWEST",
    sessionKeyId: body.string("session_key_id"),
    correlationIds: body.strings("correlation_ids"),
    attempt: retry?.optionalInteger("attempt", 1000),
    maximumAttempts: retry?.optionalInteger("max_attempts", 1000),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(classBC ? { classBC: { absoluteTime: classBC.time("absolute_time") } } : {}),
  };
}

function readError(error: WireObject): ServerError {
  const text = errorWords(error) ?? error.string("name") ?? "unknown error";
  const cause = deepestCause(error);
  return {
    namespace: error.string("namespace"),
    name: error.string("name"),
    text: cause === undefined || cause === text ? text : `${text}: ${cause}`,
    attributes: error.json("attributes") ?? {},
  };
}

/** The words of the innermost cause that has some: those between only say where it was noticed. Depth is bounded by the body's. */
function deepestCause(error: WireObject): string | undefined {
  let words: string | undefined;
  for (let cause = error.object("cause"); cause; cause = cause.object("cause")) {
    words = errorWords(cause) ?? words;
  }
  return words;
}

/** The message with its attributes, or the name; not the name of a type of the server's language, which tells nothing. */
function errorWords(error: WireObject): string | undefined {
  const format = error.string("message_format") ?? "";
  const name = error.string("name") ?? "";
  if (format !== "") return fill(format, error.json("attributes") ?? {});
  return /^[a-z0-9_ -]+$/i.test(name) ? name : undefined;
}

/** Characters of a format and of one attribute that are taken: `{a}{a}{a}…` must not multiply a huge one. */
const maximumFormat = 512;
const maximumAttribute = 100;

/** Puts attributes in the places of `{name}`; a place without an attribute stays as it is. */
function fill(format: string, attributes: JsonObject): string {
  return format.slice(0, maximumFormat).replace(/\{([a-z0-9_]+)\}/g, (place, name: string) => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (typeof value === "number") return String(value);
    return typeof value === "string" ? value.slice(0, maximumAttribute) : place;
  });
}
