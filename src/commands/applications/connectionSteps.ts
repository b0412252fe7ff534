/** The questions about a connection, shared by adding and editing an application. */
import {
  applicationProblem,
  hostProblem,
  isLoopback,
  plaintextPort,
  portProblem,
  tlsPort,
  type ApplicationSettings,
} from "../../stack/applicationSettings";
import { findApiKey } from "../../stack/identifiers";
import { parseFilters } from "../../stack/subscription";
import { askChoice, askText, type Answer, type Choice, type StepFrame } from "../quickInput";

const thingsNetwork = ".cloud.thethings.network";

/** Public clusters of The Things Stack (tts-mqtt §1.2). */
const clusters: readonly (readonly [string, string])[] = [
  [`eu1${thingsNetwork}`, "The Things Network, Europe"],
  [`nam1${thingsNetwork}`, "The Things Network, North America"],
  [`au1${thingsNetwork}`, "The Things Network, Australia"],
  ["eu1.cloud.thethings.industries", "The Things Stack Cloud, Europe 1"],
  ["eu2.cloud.thethings.industries", "The Things Stack Cloud, Europe 2"],
  ["nam1.cloud.thethings.industries", "The Things Stack Cloud, North America 1"],
  ["au1.cloud.thethings.industries", "The Things Stack Cloud, Australia 1"],
  ["as1.cloud.thethings.industries", "The Things Stack Cloud, Asia 1"],
];

/** What a host is that was only guessed from a paste: the one, or none of what was pasted. */
export type GuessAnswer = "use" | "other";

/** Shows a guessed host and asks whether it is the one. Nothing is preselected but the safe way: to say it oneself. */
export async function askGuessedHost(
  frame: StepFrame,
  host: string,
  hasKey: boolean,
): Promise<Answer<string>> {
  for (;;) {
    const answer = await askChoice<GuessAnswer>({
      ...frame,
      placeholder: `Is ${host} the MQTT server? What you pasted does not say so clearly.`,
      choices: [
        {
          label: "Choose the Host Myself…",
          detail: "A public cluster, or another address.",
          value: "other",
        },
        {
          label: `Use ${host}`,
          detail: hasKey
            ? "The pasted API key will be sent to this host, and to no other."
            : "The API key that you enter will be sent to this host, and to no other.",
          value: "use",
        },
      ],
    });
    if (typeof answer === "string") return answer;
    if (answer.value === "use") return { value: host };
    const chosen = await askHost({ ...frame, canGoBack: true }, "");
    if (chosen !== "back") return chosen;
  }
}

export async function askHost(frame: StepFrame, current: string): Promise<Answer<string>> {
  const known: Choice<string>[] = clusters.map(([host, where]) => ({
    label: host,
    description: where,
    value: host,
  }));
  const other: Choice<string> = {
    label: "Another host…",
    description: "your own server, or a tenant's address on Cloud",
    alwaysShow: true,
    value: "",
  };
  for (;;) {
    const answer = await askChoice({
      ...frame,
      placeholder: "Choose the cluster of your application",
      matchesEverywhere: true,
      choices: [...known, other],
      active: current,
    });
    if (typeof answer === "string" || answer.value !== "") return answer;
    const typed = await askOtherHost({ ...frame, canGoBack: true }, current);
    if (typed !== "back") return typed;
  }
}

async function askOtherHost(frame: StepFrame, current: string): Promise<Answer<string>> {
  const answer = await askText({
    ...frame,
    prompt: "Host of the MQTT server, without port",
    placeholder: "thethings.example.com",
    value: current,
    check: (text) => {
      const error = hostProblem(text);
      return error === undefined ? undefined : { error };
    },
  });
  return typeof answer === "string" ? answer : { value: answer.value.toLowerCase() };
}

const cloud = /^(?:([a-z0-9-]+)\.)?[a-z0-9-]+\.cloud\.thethings\.industries$/;

/** On The Things Network and on Cloud every application id ends in a tenant (tts-mqtt §1.4). */
export function lacksTenant(application: string, host: string): boolean {
  return (host.endsWith(thingsNetwork) || cloud.test(host)) && !application.includes("@");
}

/** The tenant that a host tells, as far as it does. */
function tenantOf(host: string): string | undefined {
  return host.endsWith(thingsNetwork) ? "ttn" : cloud.exec(host)?.[1];
}

export function askApplicationUid(
  frame: StepFrame,
  current: string,
  host: string,
): Promise<Answer<string>> {
  const tenant = tenantOf(host);
  const isIncomplete = current !== "" && lacksTenant(current, host) && tenant !== undefined;
  return askText({
    ...frame,
    prompt: host.endsWith(thingsNetwork)
      ? "Application id with its tenant: on The Things Network that is @ttn"
      : "Application id, with @tenant where the server has tenants (Cloud, Enterprise), without on Open Source",
    placeholder: `soil-lab@${tenant ?? "my-tenant"}`,
    value: isIncomplete ? `${current}@${tenant}` : current,
    check: (text) => {
      const error = applicationProblem(text);
      if (error !== undefined) return { error };
      if (!lacksTenant(text, host)) return undefined;
      return {
        warning:
          tenant === undefined ? "Its tenant is missing: @…" : `Did you mean ${text}@${tenant}?`,
      };
    },
  });
}

export interface Security {
  readonly security: "tls" | "plaintext";
  readonly port: number;
}

/** @param pasted the host, and the port that was pasted with it if it was not the TLS one */
export function askSecurity(
  frame: StepFrame,
  pasted: { readonly host: string; readonly port: number | undefined },
): Promise<Answer<Security>> {
  const port = pasted.port ?? plaintextPort;
  const tls: Choice<Security> = {
    label: `TLS on port ${tlsPort}`,
    description: "recommended",
    detail: "Encrypted, and the server's certificate is verified.",
    value: { security: "tls", port: tlsPort },
  };
  const plaintext: Choice<Security> = {
    label: `Plaintext on port ${port}`,
    description: "not encrypted",
    detail:
      "The API key and all messages travel readable. For servers on this machine or on a network of your own.",
    value: { security: "plaintext", port },
  };
  const tlsHere: Choice<Security> = {
    label: `TLS on port ${port}`,
    detail: "Encrypted, and the server's certificate is verified.",
    value: { security: "tls", port },
  };
  const isLocal = pasted.port !== undefined && isLoopback(pasted.host);
  return askChoice<Security>({
    ...frame,
    placeholder: "How to connect",
    choices: [tls, ...(port === plaintextPort ? [] : [tlsHere]), plaintext],
    // On this machine the plain port is meant, and nothing can read along on the way.
    active: isLocal ? plaintext.value : tls.value,
  });
}

export function askPort(frame: StepFrame, current: number): Promise<Answer<string>> {
  return askText({
    ...frame,
    prompt: "Port of the MQTT server: 8883 with TLS, 1883 without",
    placeholder: String(tlsPort),
    value: String(current),
    check: (text) => {
      const error = portProblem(text);
      return error === undefined ? undefined : { error };
    },
  });
}

export function askLabel(frame: StepFrame, current: string): Promise<Answer<string>> {
  return askText({
    ...frame,
    prompt: "Name to show in the tree; empty shows the application id",
    placeholder: "Soil lab",
    value: current,
    check: (text) => {
      if (findApiKey(text) !== undefined)
        return { error: "This looks like an API key, not a name." };
      return text.length > 60 ? { error: "At most 60 characters." } : undefined;
    },
  });
}

/** Topic filters instead of everything; empty means everything. */
export async function askSubscription(
  frame: StepFrame,
  { application, subscribe = [] }: ApplicationSettings,
): Promise<Answer<readonly string[]>> {
  const answer = await askText({
    ...frame,
    prompt:
      "Topic filters separated by commas, for very large applications; empty subscribes to everything",
    placeholder: "v3/+/devices/pump-1/#, v3/+/devices/+/down/+",
    value: subscribe.join(", "),
    check: (text) => {
      const parsed = parseFilters(text, application);
      if ("error" in parsed) return { error: parsed.error };
      return parsed.warning === undefined ? undefined : { warning: parsed.warning };
    },
  });
  if (typeof answer === "string") return answer;
  const parsed = parseFilters(answer.value, application);
  return { value: "filters" in parsed ? parsed.filters : subscribe };
}
