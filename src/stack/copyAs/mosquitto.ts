/** Commands of mosquitto's clients, version 2. */
import type { CopyServer } from "./copySource";
import type { Invocation, Word } from "./invocation";
import { visibleJson } from "./jsonText";
import type { Push } from "./pushBody";

export function mosquittoPub(server: CopyServer, { topic, body }: Push): Invocation {
  return {
    program: "mosquitto_pub",
    words: [...connection(server), "-t", topic, "-q", "1"],
    input: { json: visibleJson(body), option: "-m", fromStdin: ["-s"] },
  };
}

export function mosquittoSub(server: CopyServer, topic: string): Invocation {
  return { program: "mosquitto_sub", words: [...connection(server), "-t", topic, "-v"] };
}

function connection({ application, host, port, security, caFile }: CopyServer): Word[] {
  const certificates = caFile === undefined ? ["--tls-use-os-certs"] : ["--cafile", caFile];
  return [
    ...["-h", host, "-p", String(port)],
    ...(security === "tls" ? certificates : []),
    ...["-u", application, "-P", { keyAfter: "" }],
  ];
}
