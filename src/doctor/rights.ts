/** What an API key may do, asked of the Identity Server over HTTPS. Source: tts-mqtt §2, §9.1. */
import { request } from "node:https";
import { rootCertificates } from "node:tls";
import type { ServerAddress } from "../mqtt/socket";
import type { Finding } from "../model/checkSteps";

const deadline = 10_000;
const maximumAnswer = 64 * 1024;

/** What the server answered: HTTP status and body, or the code of the failure. */
export type RightsAnswer =
  { readonly status: number; readonly body: string } | { readonly code: string };

/**
 * Where the rights of an application's key are told. On public clusters that is the operator's own eu1 host, for the
 * Identity Server lives only there; everywhere else it is the host that the key is bound to.
 */
export function rightsUrl(host: string, applicationUid: string): URL {
  const [applicationId = "", tenantId] = applicationUid.split("@", 2);
  return new URL(
    `https://${identityHost(host, tenantId)}/api/v3/applications/${applicationId}/rights`,
  );
}

function identityHost(host: string, tenantId: string | undefined): string {
  if (/^[a-z0-9-]+\.cloud\.thethings\.network$/.test(host)) return "eu1.cloud.thethings.network";
  if (host.endsWith(".cloud.thethings.industries")) {
    return `${tenantId === undefined ? "" : `${tenantId}.`}eu1.cloud.thethings.industries`;
  }
  return host.includes(":") ? `[${host}]` : host;
}

/** Asks once, verified like every connection; never follows a redirect, which could lead the key elsewhere. */
export async function askRights(
  url: URL,
  apiKey: string,
  { extraCertificates }: Pick<ServerAddress, "extraCertificates">,
): Promise<RightsAnswer> {
  return new Promise((resolve) => {
    const asking = request(
      url,
      {
        headers: {
          Authorization: `Bearer ${apiKey}`,
          "User-Agent": "thethingsstack-explorer/0.1.0",
        },
        timeout: deadline,
        ...(extraCertificates === undefined
          ? {}
          : { ca: [...rootCertificates, extraCertificates] }),
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
          if (body.length > maximumAnswer) asking.destroy();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        response.on("error", () => resolve({ code: "CLOSED" }));
      },
    );
    asking.on("timeout", () => asking.destroy());
    asking.on("error", (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? "CLOSED" }));
    asking.on("close", () => resolve({ code: "CLOSED" }));
    asking.end();
  });
}

/** The finding for an answer: what the key may do, or why that cannot be known. */
export function judgeRights(answer: RightsAnswer, url: URL): Finding {
  if ("code" in answer) {
    return unknown(`${url.host} does not answer over HTTPS (${answer.code})`);
  }
  switch (answer.status) {
    case 200:
      return judgeList(rightsOf(answer.body), url);
    case 401:
      return {
        state: "failed",
        detail: "the server does not know this key, or it has expired",
        fix: "Create a new API key in the Console and set it.",
        action: "setApiKey",
      };
    case 403:
      return {
        state: "failed",
        detail: "the key has no right on this application",
        fix: "It may be the key of another application. Create one in this application.",
        action: "setApiKey",
      };
    case 404:
      return {
        state: "failed",
        detail: "the server has no such application",
        fix: "Check the application id and its tenant.",
        action: "edit",
      };
    default:
      return unknown(`${url.host} answered with status ${answer.status}`);
  }
}

function judgeList(rights: readonly string[] | undefined, url: URL): Finding {
  if (rights === undefined) return unknown(`${url.host} answered with something else than rights`);
  const has = (right: string) =>
    [right, "RIGHT_APPLICATION_LINK", "RIGHT_APPLICATION_ALL"].some((name) =>
      rights.includes(name),
    );
  const canRead = has("RIGHT_APPLICATION_TRAFFIC_READ");
  const canWrite = has("RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE");
  if (!canRead) {
    return {
      state: "failed",
      detail: "the key may not read traffic: it connects and stays silent for ever",
      fix: "Create a key with the right “Read application traffic (uplink and downlink)”.",
      action: "setApiKey",
    };
  }
  if (!canWrite) {
    return {
      state: "warning",
      detail: "the key may read traffic, but not send downlinks",
      fix: "To send, create a key with the right “Write downlink application traffic”.",
      action: "setApiKey",
    };
  }
  return { state: "ok", detail: "may read traffic and send downlinks" };
}

function rightsOf(body: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const rights =
      typeof value === "object" && value !== null && "rights" in value ? value.rights : undefined;
    return Array.isArray(rights) ? rights.filter((right) => typeof right === "string") : undefined;
  } catch {
    return undefined; // not JSON: some other web server
  }
}

function unknown(why: string): Finding {
  return {
    state: "unknown",
    detail: `${why}, so the rights of the key cannot be asked. MQTT itself never tells them.`,
  };
}
