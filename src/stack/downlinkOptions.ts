/** What a downlink may ask for beyond the usual: attempts, gateways and a moment of transmission. Source: tts-mqtt §6.2, §7.2. */
import { isId } from "./identifiers";

/** As typed; an empty `absoluteTime` means as soon as possible. */
export interface ClassBCInput {
  readonly gateways: readonly string[];
  /** RFC 3339. */
  readonly absoluteTime: string;
}

export interface ClassBC {
  /** Ids, in the order of preference; none leaves the choice to the server. */
  readonly gateways: readonly string[];
  /** Milliseconds since 1970. */
  readonly absoluteTime: number | undefined;
}

interface Problem {
  readonly problem: string;
}

/** The server refuses more unless it is set up otherwise. */
export const maximumAttempts = 32;
export const maximumGateways = 16;
/** The server needs 2.5 s; the rest is for the way to it. Milliseconds. */
export const absoluteTimeLead = 5_000;

/** How often a confirmed downlink may be transmitted; undefined for nothing typed. */
export function parseAttempts(
  value: number | string,
): { readonly attempts: number | undefined } | Problem {
  const text = String(value);
  if (text === "") return { attempts: undefined };
  const attempts = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (attempts < 1 || attempts > maximumAttempts) {
    return { problem: `Attempts are a whole number from 1 to ${maximumAttempts}.` };
  }
  return { attempts };
}

/** Gateways and time, or what is wrong with which of them. `now` in milliseconds since 1970. */
export function parseClassBC(
  { gateways, absoluteTime }: ClassBCInput,
  now: number,
): ClassBC | (Problem & { readonly field: "gateways" | "absoluteTime" }) {
  const gatewaysMessage = gatewaysProblem(gateways);
  if (gatewaysMessage !== undefined) return { field: "gateways", problem: gatewaysMessage };
  if (absoluteTime === "") return { gateways, absoluteTime: undefined };
  const time = parseTime(absoluteTime);
  if (time === undefined) {
    return {
      field: "absoluteTime",
      problem: `Write the time with its zone, such as ${toWireTime(now + 60_000)}.`,
    };
  }
  if (isTooSoon({ gateways, absoluteTime: time }, now)) {
    return {
      field: "absoluteTime",
      problem: `${time <= now ? "This time is past" : "Too soon"}: it must lie ${absoluteTimeLead / 1000} s ahead or more.`,
    };
  }
  return { gateways, absoluteTime: time };
}

/** True when the server would not take the time any more. */
export function isTooSoon({ absoluteTime }: ClassBC, now: number): boolean {
  return absoluteTime !== undefined && absoluteTime < now + absoluteTimeLead;
}

/** All gateways in one group: they are alternatives, and the server picks one. An EUI would be read as base64. */
export function classBCToWire({ gateways, absoluteTime }: ClassBC): object {
  return {
    ...(gateways.length === 0
      ? {}
      : { gateways: gateways.map((id) => ({ gateway_ids: { gateway_id: id } })) }),
    ...(absoluteTime === undefined ? {} : { absolute_time: new Date(absoluteTime).toISOString() }),
  };
}

/** A time as one types it: RFC 3339 in whole seconds. */
export function toWireTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

function gatewaysProblem(gateways: readonly string[]): string | undefined {
  if (gateways.length > maximumGateways) return `At most ${maximumGateways} gateways.`;
  if (!gateways.every(isId)) {
    return "A gateway id has 3 to 36 characters: a to z, 0 to 9 and single dashes inside.";
  }
  if (new Set(gateways).size < gateways.length) return "A gateway is there twice.";
  return undefined;
}

const rfc3339 =
  /^(\d{4}-(\d\d)-(\d\d))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

function parseTime(text: string): number | undefined {
  const [matched, date = ""] = rfc3339.exec(text) ?? [];
  // 30 February would be read as a day of March.
  const day = new Date(`${date}T00:00:00Z`);
  if (matched === undefined || Number.isNaN(day.getTime())) return undefined;
  if (day.toISOString().slice(0, 10) !== date) return undefined;
  const time = Date.parse(text);
  return time <= latestTime ? time : undefined;
}

/** The last moment that RFC 3339 can write in UTC. */
const latestTime = Date.parse("9999-12-31T23:59:59.999Z");
