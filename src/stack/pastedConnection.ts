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
const commandLine =
  /\bmosquitto_(?:sub|pub|rr)(?:\.exe)?\s+(?=-)|^\W{0,3}mqttx?\s+(?:\w+\s+)?(?=-)/;

/** Reads what can be read; an unreadable text gives an empty result. */
export function parsePastedConnection(pasted: string): PastedConnection {
  const text = joinLines(pasted.slice(0, maximumPaste)).trim();
  const found: Found = {};
  const apiKey = findApiKey(text);
  if (apiKey !== undefined) found.apiKey = apiKey;
  // Without a trace, so that the URL or the quotes around it stay whole.
  const rest = apiKey === undefined ? text : text.replaceAll(apiKey, "");
  const command = commandLine.exec(rest);
  if (command) readCommandLine(rest.slice(command.index + command[0].length), found);
  else readText(rest, found);
  return found;
}

/** Lines continued in the manner of sh, cmd or PowerShell become one; typographic quotes become the shell's. */
function joinLines(text: string): string {
  return text
    .replace(/[ \t]+[\\^`][ \t]*\r?\n/g, " ")
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'");
}

/** The options of mosquitto_sub, mosquitto_pub and mqttx that name a connection. */
function readCommandLine(text: string, found: Found): void {
  const words = splitWords(text);
  let isTls = false;
  for (const [index, word] of words.entries()) {
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
        isTls = true;
        break;
      case "--capath":
      case "--tls-use-os-certs":
        isTls = true;
        break;
      default:
        break;
    }
  }
  // Whatever the port: with these options mosquitto speaks TLS on it.
  if (isTls) found.security = "tls";
}

/** Words of a shell command: quotes hold together, also in the middle of a word. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

/** Scheme, user and port are optional; all lengths are bounded, so that a long word costs little time. */
const address =
  /(?:([a-z][a-z0-9+.-]{0,15}):\/\/)?(?:([^\s/:@"'<>]{1,200})(?::[^\s/@]{0,200})?@)?((?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{1,63}|localhost|\[[0-9a-f:]{2,45}\])(?::(\d{1,5}))?/gi;
/** A host without dots is only recognised alone, with its port. */
const plainAddress =
  /^(?:([a-z]{1,10}):\/\/)?(?:([^\s/:@]{1,200}):?@)?([a-z0-9-]{1,63})(?::(\d{1,5}))\/?$/i;

/** Free text: URLs, `host:port` pairs and ids, in any order and with any words between. */
function readText(text: string, found: Found): void {
  const addresses = [...text.matchAll(address)];
  // The Console's page lists the plain address first and the TLS one below it.
  const best = addresses.find(([, , , , port]) => port === "8883") ?? addresses.at(0);
  if (best) readAddress(best, found);
  for (const word of text.split(/[\s,;"'<>()]+/)) {
    if (!word.includes("@") || word.includes(":")) continue;
    setApplication(found, word);
  }
  const labelled = /user\s?name\W{1,20}([a-z0-9@-]{3,80})/i.exec(text)?.[1];
  if (found.application === undefined && labelled !== undefined) setApplication(found, labelled);
  if (best !== undefined) return;
  const plain = plainAddress.exec(text);
  if (plain) readAddress(plain, found);
  else if (found.application === undefined) setApplication(found, text);
}

function readAddress(match: RegExpExecArray, found: Found): void {
  const [, scheme = "", user = "", host = "", port = ""] = match;
  setHost(found, host.replace(/^\[|\]$/g, ""));
  // A web address names the Console: its host is right, its port is not MQTT's.
  if (!/^(?:https?|wss?)$/i.test(scheme)) setPort(found, port);
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
