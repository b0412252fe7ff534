/** Where an application lives and how to reach it: one entry of the setting `thethingsstack.applications`. */
import { looksLikeApiKey, parseApplicationUid } from "./identifiers";
import { parseFilters } from "./subscription";

export interface ApplicationSettings {
  /** Application UID: `soil-lab@ttn`, or `soil-lab` on a server without tenants. Also the MQTT user name. */
  readonly application: string;
  readonly host: string;
  readonly port: number;
  readonly security: "tls" | "plaintext";
  readonly label?: string;
  /** Absolute path of a PEM file whose certificates are trusted beside the usual ones. */
  readonly caFile?: string;
  /** Topic filters instead of everything, for very large applications. */
  readonly subscribe?: readonly string[];
  readonly connectOnStartup?: boolean;
  /** Real devices at work: every send asks first. */
  readonly production?: boolean;
  /** Stands in the key for host and port where those change from run to run: the demo network. Never read from a setting. */
  readonly identity?: string;
}

export const tlsPort = 8883;
export const plaintextPort = 1883;
export const maximumApplications = 50;

/** Identifies an application on a server; API keys and what a person arranged are bound to it. */
export function applicationKey({
  application,
  host,
  port,
  identity,
}: Pick<ApplicationSettings, "application" | "host" | "port" | "identity">): string {
  return `${identity ?? `${host}:${port}`}/${application}`;
}

/**
 * Where each application lives, in as few words as tell it from others of the same name: nothing, the host, or host and
 * port. In the order of the list.
 */
export function distinguishingPlaces(
  list: readonly (Pick<ApplicationSettings, "host" | "port"> & { readonly name: string })[],
): readonly string[] {
  return list.map(({ name, host, port }) => {
    const namesakes = list.filter((each) => each.name === name);
    if (namesakes.length < 2) return "";
    const isOnlyOne = namesakes.filter((each) => each.host === host).length === 1;
    return isOnlyOne ? host : `${host}:${port}`;
  });
}

/** Names that only ever mean this machine; where they lead is checked again when connecting. */
const loopbackNames = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** True for a host that is this machine. */
export function isLoopback(host: string): boolean {
  return loopbackNames.test(host);
}

/** True when API key and messages travel readable over a network. */
export function isReadableOnTheWay(settings: ApplicationSettings): boolean {
  return settings.security === "plaintext" && !isLoopback(settings.host);
}

/** What is wrong with an application UID as typed, in words, or nothing. */
export function applicationProblem(text: string): string | undefined {
  if (looksLikeApiKey(text)) {
    return "This looks like an API key. It is asked for later, in a masked box.";
  }
  if (text === "") return "Enter the application id, such as soil-lab@ttn.";
  if (parseApplicationUid(text) === undefined) {
    return "Application and tenant ids have 3 to 36 characters: a to z, 0 to 9 and single dashes inside.";
  }
  return undefined;
}

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i;

/** What is wrong with a host as typed, in words, or nothing. */
export function hostProblem(text: string): string | undefined {
  if (looksLikeApiKey(text)) return "This looks like an API key, not a host.";
  if (text === "") return "Enter the host, such as eu1.cloud.thethings.network.";
  if (/\s/.test(text)) return "A host has no spaces.";
  if (text.includes("@")) return "Leave out the user name: only the host.";
  if (text.includes("://")) return "Leave out what stands before ://, only the host.";
  if (text.includes("/")) return "Leave out the path: only the host.";
  if (isIpv6(text)) return undefined;
  if (text.length > 253) return "Longer than a host name can be.";
  if (/[^\x21-\x7e]/.test(text)) {
    return `Write it as it is on the network: ${punycode(text) ?? "in plain ASCII"}.`;
  }
  if (text.includes(":")) return "Leave out the port: it is asked for beside the host.";
  if (!text.split(".").every((part) => label.test(part))) return "Not a host name.";
  return undefined;
}

function isIpv6(text: string): boolean {
  return text.includes(":") && URL.canParse(`mqtt://[${text}]/`) && !/^[^:]*:\d{1,5}$/.test(text);
}

function punycode(text: string): string | undefined {
  const url = `https://${text}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** What is wrong with a port as typed, in words, or nothing. */
export function portProblem(value: number | string): string | undefined {
  const text = String(value);
  const port = Number(text);
  if (!/^\d{1,6}$/.test(text) || port < 1 || port > 65_535) {
    return "A port is a whole number from 1 to 65535: usually 8883.";
  }
  return undefined;
}

/** Checks one entry of the setting, or says which part is wrong. The value itself is not repeated: it may be a key. */
export function parseApplicationSettings(
  value: unknown,
): { readonly settings: ApplicationSettings } | { readonly problem: string } {
  if (typeof value !== "object" || value === null) return { problem: "not an object" };
  const entry = value as Readonly<Record<string, unknown>>;
  const { application, host, security } = entry;
  const port = entry.port === undefined ? tlsPort : entry.port;
  if (typeof application !== "string" || applicationProblem(application) !== undefined) {
    return { problem: "application is not an application id" };
  }
  if (typeof host !== "string" || hostProblem(host) !== undefined) {
    return { problem: "host is not a host name" };
  }
  if (typeof port !== "number" || portProblem(port) !== undefined) {
    return { problem: "port is not a number from 1 to 65535" };
  }
  if (security !== undefined && security !== "tls" && security !== "plaintext") {
    return { problem: 'security is neither "tls" nor "plaintext"' };
  }
  for (const name of ["label", "caFile"]) {
    const text = entry[name];
    if (text === undefined) continue;
    if (typeof text !== "string" || text.length > 1024) return { problem: `${name} is not a text` };
    if (looksLikeApiKey(text)) return { problem: `${name} holds an API key: remove it` };
  }
  for (const name of ["connectOnStartup", "production"]) {
    if (entry[name] !== undefined && typeof entry[name] !== "boolean") {
      return { problem: `${name} is neither true nor false` };
    }
  }
  const subscribe = entry.subscribe === undefined ? [] : entry.subscribe;
  if (!Array.isArray(subscribe) || !subscribe.every((filter) => typeof filter === "string")) {
    return { problem: "subscribe is not a list of topic filters" };
  }
  const filters = parseFilters(subscribe.join(" "), application);
  if ("error" in filters) return { problem: `subscribe: ${filters.error}` };
  const settings = assemble(entry, application, host, port, security ?? "tls");
  return {
    settings: filters.filters.length === 0 ? settings : { ...settings, subscribe: filters.filters },
  };
}

function assemble(
  entry: Readonly<Record<string, unknown>>,
  application: string,
  host: string,
  port: number,
  security: "tls" | "plaintext",
): ApplicationSettings {
  const { label: name, caFile } = entry;
  return {
    application,
    host,
    port,
    security,
    ...(typeof name === "string" && name !== "" ? { label: name } : {}),
    ...(typeof caFile === "string" && caFile !== "" ? { caFile } : {}),
    ...(entry.connectOnStartup === true ? { connectOnStartup: true } : {}),
    ...(entry.production === true ? { production: true } : {}),
  };
}
