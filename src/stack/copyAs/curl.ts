/** curl commands for the HTTP API of the Application Server. Source: tts-mqtt §9.2. */
import { parseApplicationUid } from "../identifiers";
import type { CopyServer } from "./copySource";
import type { Invocation, Word } from "./invocation";
import { visibleJson } from "./jsonText";
import type { Push } from "./pushBody";

export function curlPush(server: CopyServer, deviceId: string, { body }: Push): Invocation {
  return {
    program: "curl",
    words: [...request(server, deviceId, "/push"), "-H", "Content-Type: application/json"],
    input: { json: visibleJson(body), option: "-d", fromStdin: ["-d", "@-"] },
  };
}

/** The end device's downlink queue. */
export function curlQueue(server: CopyServer, deviceId: string): Invocation {
  return { program: "curl", words: request(server, deviceId, "") };
}

/** Ids go without the tenant: there it is part of the host. */
function request(server: CopyServer, deviceId: string, operation: string): Word[] {
  const { application, host, caFile } = server;
  const id = parseApplicationUid(application)?.applicationId ?? application;
  const isIpv6 = host.includes(":");
  return [
    isIpv6 ? "-sSg" : "-sS",
    `https://${isIpv6 ? `[${host}]` : host}/api/v3/as/applications/${id}/devices/${deviceId}/down${operation}`,
    ...(caFile === undefined ? [] : ["--cacert", caFile]),
    ...["-H", { keyAfter: "Authorization: Bearer " }],
  ];
}
