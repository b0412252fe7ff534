/**
 * Finds connection details in whatever was pasted: the text of the Console's MQTT page, `host:port`, a URL, a
 * `mosquitto_sub` command line, or `app1@tenant1`.
 */
import { applicationProblem, hostProblem, portProblem } from "./applicationSettings";
import { findApiKey, parseApplicationUid } from "./identifiers";

/** What was found; everything else is asked for. */
export interface PastedConnection {
  readonly application?: string;
  readonly host?: string;
  readonly port?: number;
  readonly security?: "tls" | "plaintext";
  readonly apiKey?: string;
  readonly caFile?: string;
}

type Found = { -readonly [Name in keyof PastedConnection]: PastedConnection[Name] };

const maximumPaste = 20_000;

/** Reads what can be read; an unreadable text gives an empty result. */
export function parsePastedConnection(pasted: string): PastedConnection {
  const text = pasted.slice(0, maximumPaste).trim();
  const found: Found = {};
  const apiKey = findApiKey(text);
  if (apiKey !== undefined) found.apiKey = apiKey;
  const rest = apiKey === undefined ? text : text.replaceAll(apiKey, " ");
  if (/^\s*\$?\s*(?:mosquitto_(?:sub|pub|rr)|mqttx?)\b/.test(rest)) readCommandLine(rest, found);
  else readText(rest, found);
  return found;
}

/** The options of mosquitto_sub and mosquitto_pub that name a connection. */
function readCommandLine(text: string, found: Found): void {
  const words = splitWords(text);
  words.forEach((word, index) => {
    const [name = "", joined] = word.startsWith("--") ? word.split(/=(.*)/s, 2) : [word];
    const value = joined ?? words[index + 1] ?? "";
    switch (name) {
      case "-h":
      case "--host":
      case "--hostname":
        setHost(found, value);
        break;
      case "-p":
      case "--port":
        setPort(found, value);
        break;
      case "-u":
      case "--username":
        setApplication(found, value);
        break;
      case "-L":
      case "--url":
        readText(value, found);
        break;
      case "--cafile":
        if (value !== "") found.caFile = value;
        break;
      case "--capath":
      case "--tls-use-os-certs":
        found.security = "tls";
        break;
      default:
        break;
    }
  });
}

/** Words of a shell command: quotes hold together, a backslash before a line end continues the line. */
function splitWords(text: string): string[] {
  const words = text.replace(/\\\r?\n/g, " ").match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return words.map((word) => word.replace(/^["']|["']$/g, ""));
}

/** Free text: URLs, `host:port` pairs and ids, in any order and with any words between. */
function readText(text: string, found: Found): void {
  const addresses = [
    ...text.matchAll(
      /(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^\s/:@]+)(?::[^\s/@]*)?@)?((?:[a-z0-9_-]+\.)+[a-z0-9-]+|localhost|\[[0-9a-f:]+\])(?::(\d{1,5}))?/gi,
    ),
  ];
  // The Console's page lists the plain address first and the TLS one below it.
  const best = addresses.find(([, , , , port]) => port === "8883") ?? addresses.at(0);
  if (best) readAddress(best, found);
  for (const word of text.split(/[\s,;"'<>()]+/)) {
    if (!word.includes("@") || word.includes("://") || word.includes(":")) continue;
    setApplication(found, word);
  }
  const labelled = /user\s*name\W{1,20}([a-z0-9@-]{3,80})/i.exec(text)?.[1];
  if (found.application === undefined && labelled !== undefined) setApplication(found, labelled);
  if (found.application === undefined && best === undefined) setApplication(found, text);
}

function readAddress(match: RegExpExecArray, found: Found): void {
  const [, scheme = "", user = "", host = "", port = ""] = match;
  setHost(found, host.replace(/^\[|\]$/g, ""));
  // A web address names the Console: its host is right, its port is not MQTT's.
  if (!/^https?$/i.test(scheme)) setPort(found, port);
  if (/^(?:mqtts|tls|ssl)$/i.test(scheme)) found.security = "tls";
  if (/^(?:mqtt|tcp)$/i.test(scheme) && found.port !== 8883) found.security = "plaintext";
  if (user !== "") setApplication(found, safeDecode(user));
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-coded after all
  }
}

function setHost(found: Found, host: string): void {
  if (hostProblem(host) === undefined) found.host = host.toLowerCase();
}

function setPort(found: Found, port: string): void {
  if (portProblem(port) !== undefined) return;
  found.port = Number(port);
  if (found.port === 8883) found.security = "tls";
  if (found.port === 1883) found.security = "plaintext";
}

function setApplication(found: Found, text: string): void {
  if (applicationProblem(text) !== undefined) return;
  // A word without tenant is taken only where nothing better was found.
  if (found.application === undefined || parseApplicationUid(text)?.tenantId !== undefined) {
    found.application = text;
  }
}
