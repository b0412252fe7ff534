/** The questions about a connection, shared by adding and editing an application. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import {
  applicationProblem,
  hostProblem,
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

/** On The Things Network every application id ends in `@ttn` (tts-mqtt §1.4). */
export function lacksTenant(application: string, host: string): boolean {
  return host.endsWith(thingsNetwork) && !application.includes("@");
}

export function askApplicationUid(
  frame: StepFrame,
  current: string,
  host: string,
): Promise<Answer<string>> {
  const value = current !== "" && lacksTenant(current, host) ? `${current}@ttn` : current;
  return askText({
    ...frame,
    prompt: host.endsWith(thingsNetwork)
      ? "Application id with its tenant: on The Things Network that is @ttn"
      : "Application id, with @tenant where the server has tenants (Cloud, Enterprise), without on Open Source",
    placeholder: host.endsWith(thingsNetwork) ? "soil-lab@ttn" : "soil-lab@my-tenant",
    value,
    check: (text) => {
      const error = applicationProblem(text);
      if (error !== undefined) return { error };
      if (lacksTenant(text, host)) return { warning: `Did you mean ${text}@ttn?` };
      return undefined;
    },
  });
}

export interface Security {
  readonly security: "tls" | "plaintext";
  readonly port: number;
}

/** @param plainPort the port that was pasted, if it was not the TLS one */
export function askSecurity(
  frame: StepFrame,
  plainPort: number | undefined,
): Promise<Answer<Security>> {
  const port = plainPort ?? plaintextPort;
  return askChoice<Security>({
    ...frame,
    placeholder: "How to connect",
    choices: [
      {
        label: `TLS on port ${tlsPort}`,
        description: "recommended",
        detail: "Encrypted, and the server's certificate is verified.",
        value: { security: "tls", port: tlsPort },
      },
      ...(port === plaintextPort
        ? []
        : [
            {
              label: `TLS on port ${port}`,
              detail: "Encrypted, and the server's certificate is verified.",
              value: { security: "tls" as const, port },
            },
          ]),
      {
        label: `Plaintext on port ${port}`,
        description: "not encrypted",
        detail:
          "The API key and all messages travel readable. For servers on this machine or on a network of your own.",
        value: { security: "plaintext", port },
      },
    ],
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

const maximumCaFile = 1024 * 1024;

/** Reads a PEM file of certificates. Rejects with words for the user. */
export async function readCaFile(file: string): Promise<string> {
  if (!path.isAbsolute(file)) throw new Error("Give the whole path of the file.");
  const { size } = await stat(file);
  if (size > maximumCaFile) throw new Error("Larger than a certificate file can be.");
  const text = await readFile(file, "utf8");
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Error("Not a PEM file: it holds no BEGIN CERTIFICATE line.");
  }
  return text;
}
