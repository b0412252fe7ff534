/** Calls in code: `client.connect("H", 8883, 60)`, `setServer(H, 1883)`, `username_pw_set(user, key)`, in any language. */
import { worth, type Facts } from "./facts";
import { hostOf, looksLikeHost } from "./hostShapes";
import type { Token } from "./tokens";
import { uidOf } from "./uids";
import { readVariables, type Variables } from "./variables";

const maximumArguments = 12;
const connectCall =
  /(?:connect|connectasync|setserver|withtcpserver|withserver|serverhost|addbroker|mqttclient|client|sethost|begin|broker|reconnect|create_connection|connection|config|single|multiple|simple|callback)$/i;
const otherCall =
  /http|redis|sql|influx|ntp|udp|smtp|imap|ftp|ssh|ldap|coap|socketio|wifi|mongo|serial/i;
const userCall =
  /(?:username_pw_set|withcredentials|setusername|setusernamepassword|setcredentials|credentials|username|user|setuser|basicauth|setauth|auth)$/i;
const tlsCall =
  /(?<![\w])(?:tls_set(?:_context)?|tls_insecure_set|WithTls\w*|UseTls\w*|setCACert|setSocketFactory|SetTLSConfig|setSslContext|sslConfig|create_default_context|setUseTls|useSsl|sslWithDefaultConfig|setTrustAnchors|WiFiClientSecure|WiFiSSLClient|BearSSL)(?![\w])/;
const ipAddress =
  /IPAddress(?:\s{1,5}(\w{1,64}))?\s{0,5}\(\s{0,5}(\d{1,3})\s{0,3},\s{0,3}(\d{1,3})\s{0,3},\s{0,3}(\d{1,3})\s{0,3},\s{0,3}(\d{1,3})\s{0,3}\)/g;

/** Addresses of Arduino's own kind become text. */
export function plainIpAddresses(text: string): string {
  return text.replace(ipAddress, (_, name: string | undefined, ...parts: string[]) => {
    const address = parts.slice(0, 4).join(".");
    return name === undefined ? `"${address}"` : `${name} = "${address}"`;
  });
}

/** Reads the calls of the text whose tokens are given. */
export function readCode(text: string, tokens: readonly Token[], facts: Facts): void {
  if (tlsCall.test(text)) facts.tls.push(true);
  const variables = readVariables(tokens);
  for (const [index, token] of tokens.entries()) {
    if (token.text !== "(" || token.kind !== "mark") continue;
    const callee = tokens[index - 1];
    if (callee?.kind !== "word" || otherCall.test(callee.text)) continue;
    const list = argumentsAt(tokens, index + 1, variables);
    readServer(callee.text, list, facts);
    readUser(callee.text, list, facts);
  }
}

/** The arguments up to the closing bracket, with variables as their values; what is no literal is an empty text. */
function argumentsAt(tokens: readonly Token[], from: number, variables: Variables): Token[] {
  const list: Token[] = [];
  let isOpen = true;
  for (let index = from; index < from + 2 * maximumArguments; index++) {
    const token = tokens[index];
    if (!token || token.text === ")" || token.text === ";") break;
    if (token.kind === "mark") {
      if (token.text === ",") isOpen = true;
      continue;
    }
    if (!isOpen) continue;
    isOpen = false;
    const known = token.kind === "word" ? variables.get(token.text) : undefined;
    list.push(known === undefined ? token : { ...token, kind: "string", text: known });
  }
  return list;
}

function readServer(callee: string, list: readonly Token[], facts: Facts): void {
  for (const [index, { kind, text, at }] of list.entries()) {
    const next = list[index + 1]?.text ?? "";
    const port = /^\d{2,9}$/.test(next) ? next : undefined;
    const host = hostOf(text);
    const isHost =
      looksLikeHost(text) || (port !== undefined && kind === "string" && /[a-z]/i.test(text));
    const isConnect = connectCall.test(callee);
    const isMqttPort = port === "1883" || port === "8883";
    if (host === undefined || !isHost || !(isConnect || isMqttPort) || kind !== "string") continue;
    if (!isConnect && !looksLikeHost(text)) continue;
    facts.hosts.push({ host, worth: worth.call, at, ...(port === undefined ? {} : { port }) });
    return;
  }
}

function readUser(callee: string, list: readonly Token[], facts: Facts): void {
  if (!userCall.test(callee)) return;
  const [first] = list;
  const uid = first?.kind === "string" ? uidOf(first.text) : undefined;
  if (first && uid !== undefined)
    facts.applications.push({ value: uid, worth: worth.call, at: first.at });
}

/** The text just before an API key is its user, whatever stands around: arguments, lines of a list, a command. */
export function readUserBeforeKey(
  tokens: readonly Token[],
  isKey: (text: string) => boolean,
  facts: Facts,
): void {
  const values = tokens.filter(({ kind }) => kind !== "mark");
  for (const [index, { text }] of values.entries()) {
    const before = values[index - 1];
    const uid = before && isKey(text) ? uidOf(before.text) : undefined;
    if (!before || uid === undefined) continue;
    if (before.kind === "string" || uid.includes("@"))
      facts.applications.push({ value: uid, worth: worth.loose + 2, at: before.at });
  }
}
