/** What an API key may do, asked of the Identity Server over HTTP. Source: real-http, real-traffic 31, tts-mqtt §2, §9.1. */
import { apiName, isPublicCluster } from "../http/apiAddresses";
import { readBody, sendRequest } from "../http/request";
import { codeOf } from "../mqtt/errorCode";
import type { ServerAddress } from "../mqtt/socket";
import type { Finding } from "../model/checkSteps";
import type { KeyRights } from "../model/keyRights";
import type { Clock } from "../util/clock";
import { isRecord, listOf, text } from "../util/guards";

const isRightsList = listOf(text(100), 1_000);
const bodyLimits = { maximum: 64 * 1024, deadline: 10_000 };

/** What was answered and where: HTTP status and JSON, or why there was no answer that a stack would give. */
export type RightsAnswer =
  | {
      readonly from: string;
      readonly status: number;
      readonly json: Readonly<Record<string, unknown>>;
    }
  | { readonly tried: readonly string[] };

export interface RightsServices {
  readonly clock: Clock;
  readonly readApiKey: () => Promise<string | undefined>;
  /** Told before each place that is asked, so that people see where their key goes. */
  readonly onAsking: (place: string) => void;
}

/** Asks one place after the other until one answers as a stack does. Never rejects. */
export async function askRights(
  addresses: readonly ServerAddress[],
  applicationUid: string,
  services: RightsServices,
): Promise<RightsAnswer> {
  const [applicationId = ""] = applicationUid.split("@", 1);
  const path = `/api/v3/applications/${encodeURIComponent(applicationId)}/rights`;
  const tried: string[] = [];
  for (const address of addresses) {
    const from = apiName(address);
    services.onAsking(from);
    try {
      const { clock, readApiKey } = services;
      const answer = await sendRequest(address, { method: "GET", path, readApiKey }, clock);
      const status = answer.statusCode ?? 0;
      const json: unknown = JSON.parse(await readBody(answer, clock, bodyLimits));
      if (isRecord(json) && isOfStack(status)) return { from, status, json };
      tried.push(`${from} (status ${status})`);
    } catch (error) {
      tried.push(`${from} (${error instanceof SyntaxError ? "no stack" : codeOf(error)})`);
    }
  }
  return { tried };
}

/** Anything else, a redirect above all, is some other server or one in trouble. */
function isOfStack(status: number): boolean {
  return [200, 401, 403, 404].includes(status);
}

/** The rights in an answer; undefined when it does not tell. */
export function rightsOf(answer: RightsAnswer): KeyRights | undefined {
  if ("tried" in answer) return undefined;
  const { status, json } = answer;
  if (status === 401 || status === 403) return { mayRead: false, mayWrite: false };
  const list = status === 200 ? rightsIn(json) : undefined;
  if (list === undefined) return undefined;
  const has = (right: string) =>
    [right, "RIGHT_APPLICATION_LINK", "RIGHT_APPLICATION_ALL"].some((each) => list.includes(each));
  return {
    mayRead: has("RIGHT_APPLICATION_TRAFFIC_READ"),
    mayWrite: has("RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"),
  };
}

/** True when the key is one of this very application: right in everything but perhaps the tenant. */
export function provesApplication(answer: RightsAnswer): boolean {
  return "json" in answer && answer.status === 200 && (rightsIn(answer.json)?.length ?? 0) > 0;
}

/** An empty object is an empty list: this server leaves out what is empty. */
function rightsIn(json: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  if (isRightsList(json.rights)) return json.rights;
  return Object.keys(json).length === 0 ? [] : undefined;
}

/** The finding for an answer: what the key may do, or why that cannot be known. */
export function judgeRights(answer: RightsAnswer, host: string, hasLoggedIn: boolean): Finding {
  if ("tried" in answer) {
    return unknown(`no HTTP API of a stack answers at ${answer.tried.join(", ")}`);
  }
  const { from, status, json } = answer;
  if (status === 401) {
    return {
      state: "failed",
      detail: `the server does not know this key, or it has expired (${from})`,
      fix: "Create a new API key in the Console and set it.",
      action: "setApiKey",
    };
  }
  if (status === 404) return unknownThere(from, host);
  if (status === 403 || rightsIn(json)?.length === 0) {
    // Whoever is let in has some right, so this is another stack.
    if (hasLoggedIn) return unknown(`${from} knows no right of this key, although MQTT let it in`);
    return {
      state: "failed",
      detail: `the key has no right on this application, or there is no such application (${from})`,
      fix: "Check the application id. If it is right, create a key in this application.",
      action: "edit",
    };
  }
  const rights = rightsOf(answer);
  return rights ? judgeKey(rights, from) : unknown(`${from} answered with something else`);
}

function judgeKey({ mayRead, mayWrite }: KeyRights, from: string): Finding {
  if (!mayRead) {
    return {
      state: "failed",
      detail: `the key may not read traffic: it connects and stays silent for ever (${from})`,
      fix: "Create a key with the right “Read application traffic (uplink and downlink)”.",
      action: "setApiKey",
    };
  }
  if (!mayWrite) {
    return {
      state: "warning",
      detail: `the key may read traffic, but not send downlinks (${from})`,
      fix: "To send, create a key with the right “Write downlink application traffic”.",
      action: "setApiKey",
    };
  }
  return { state: "ok", detail: `may read traffic and send downlinks (${from})` };
}

/** The Identity Server of public clusters lives on one of them, and a key goes only to the host that it is bound to. */
function unknownThere(from: string, host: string): Finding {
  return unknown(
    isPublicCluster(host)
      ? `${from} does not keep the rights of keys: another cluster does, and this key goes only to ${host}`
      : `${from} does not tell them`,
  );
}

function unknown(why: string): Finding {
  return {
    state: "unknown",
    detail: `${why}, so the rights of the key cannot be asked. MQTT itself never tells them.`,
  };
}
