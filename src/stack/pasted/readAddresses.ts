/** Addresses wherever they stand: URLs with and without user, `host:port`, known clusters, topics, pages of the Console. */
import { worth, type Facts, type HostFact } from "./facts";
import { hostOf, isCluster, isOtherPage, looksLikeHost } from "./hostShapes";
import { labelKind } from "./labels";
import { uidOf } from "./uids";

const secure = /^(?:mqtts|ssl|tls|mqtt\+(?:ssl|tls)|tcps)$/i;
const plain = /^(?:mqtt|tcp|mqtt\+tcp)$/i;
const url = /(?<![a-z0-9])([a-z][a-z0-9+.-]{1,15}):\/\/([^\s"'`<>()|\\,;]{1,500})/gi;
const topic = /(?<![\w@.-])v3\/([a-z0-9@%-]{3,100})\/(?:devices|as)(?![\w-])/gi;
const applicationPath = /\/applications\/([a-z0-9@%-]{3,100})(?![\w@-])/gi;
/** Ports on which a host speaks something else: pages, databases, gateways. */
const otherPorts = new Set(
  (
    "20 21 22 23 25 53 80 110 123 143 443 465 587 993 995 1433 1521 1700 1880 1881 1882 1885 1887 2375 2376 3000 3306 3389 " +
    "4200 5000 5432 5672 6379 8000 8008 8080 8081 8086 8088 8123 8443 8881 8882 8885 8887 8888 9000 9090 9092 9200 15672 27017"
  ).split(" "),
);

/** Reads URLs, and returns the text with blanks in their place, so that nobody reads pieces of them. */
export function readUrls(text: string, facts: Facts): string {
  return text.replace(url, (whole, scheme: string, rest: string, at: number) => {
    readUrl(scheme, rest, at, facts);
    return whole.replace(/[^/]/g, " ").replace(/\//g, " ");
  });
}

function readUrl(scheme: string, rest: string, at: number, facts: Facts): void {
  const isMqtt = secure.test(scheme) || plain.test(scheme);
  const end = rest.search(/[/?#]/);
  const authority = (end < 0 ? rest : rest.slice(0, end)).replace(/[.:!?\]}*]+$/, (tail) =>
    tail.startsWith("]") && rest.startsWith("[") ? "]" : "",
  );
  const sign = authority.lastIndexOf("@");
  const place = splitPort(authority.slice(sign + 1));
  const host = hostOf(place.host);
  if (host === undefined || /[${}%]/.test(place.host)) return;
  if (!isMqtt && isMqttPort(place.port?.port)) {
    // `https://…:8883` is a slip of whoever wrote it; the port tells what is meant.
    facts.hosts.push({ host, worth: worth.mqttPort, at, ...place.port });
    return;
  }
  if (!isMqtt) {
    if (!/^(?:https?|wss?)$/i.test(scheme)) return;
    if (isOtherPage(host) || !looksLikeHost(host)) return;
    const isConsole = isCluster(host) || /\/(?:console|api\/v3|oauth)(?:\/|$)/.test(rest);
    facts.hosts.push({ host, worth: isConsole ? worth.page + 5 : worth.page, at });
    return;
  }
  const user = sign < 0 ? undefined : userOf(authority.slice(0, sign));
  const isTls = secure.test(scheme);
  facts.hosts.push({
    ...{ host, worth: worth.url, at, ...place.port },
    ...(isTls ? { security: "tls" as const } : {}),
    ...(!isTls && place.port?.port !== "8883" ? { security: "plaintext" as const } : {}),
    ...(user === undefined ? {} : { application: user }),
  });
}

const isMqttPort = (port: string | undefined) => port === "1883" || port === "8883";

function splitPort(text: string): { host: string; port?: { port: string } } {
  const [, host, port] = /^(\[[^\]]{2,60}\]|[^:]{1,253}):(\d{1,9})$/.exec(text) ?? [];
  return host === undefined || port === undefined ? { host: text } : { host, port: { port } };
}

/** What stands before the last `@`: `app`, `app@tenant`, either with `:password`. */
function userOf(text: string): string | undefined {
  const colon = text.indexOf(":");
  return uidOf(colon < 0 ? text : text.slice(0, colon));
}

/** A region without a host: the cluster of The Things Network in it is a guess. */
export function readRegion(text: string, facts: Facts): void {
  const region =
    /(?<!\w)(?:host_?)?(?:region|cluster)["']?\s{0,3}[:=]\s{0,3}["']?(eu1|nam1|au1)(?!\w)/i.exec(
      text,
    );
  if (region?.[1] === undefined || facts.hosts.length > 0) return;
  const host = `${region[1].toLowerCase()}.cloud.thethings.network`;
  facts.hosts.push({ host, worth: worth.bare, at: region.index });
}

const hostPort =
  /(?<![\w@./:%$-])(?:([a-z0-9][a-z0-9@%-]{2,80})(?::[^\s:@"'<>/]{0,200})?@)?((?:[a-z0-9_-]{1,63}\.){1,10}[a-z0-9-]{1,63}|\[[0-9a-f:.]{2,45}\]|[a-z][a-z0-9-]{0,62}):(\d{1,9})(?![\w:]|\.\d|-\w)/gi;

/** Reads `host:port`, also with `app@tenant:key@` before it. */
export function readHostPorts(text: string, facts: Facts): void {
  for (const match of text.matchAll(hostPort)) {
    const [whole, user = "", name = "", port = ""] = match;
    const isMqtt = isMqttPort(port);
    const isPlainName = !/[.[]/.test(name) && name.toLowerCase() !== "localhost";
    const host = hostOf(name);
    if (
      host === undefined ||
      (isPlainName ? !isServiceName(name, isMqtt) : !looksLikeHost(name) && !isMqtt)
    )
      continue;
    const isWhole = whole.length === text.trim().length;
    const application = user === "" ? undefined : uidOf(user);
    const fact: HostFact = {
      ...{ host, port, at: match.index },
      worth: isMqtt ? worth.mqttPort : isWhole ? worth.loose : worthOf(port),
      ...(application === undefined ? {} : { application }),
    };
    facts.hosts.push(fact);
  }
}

function worthOf(port: string): number {
  return otherPorts.has(port) ? worth.page : worth.oddPort;
}

/** A host without dots is one at an MQTT port; a label or protocol with a number is not. */
function isServiceName(name: string, isMqtt: boolean): boolean {
  const isWord = labelKind(name) !== undefined && !/^(?:broker|server)$/i.test(name);
  return (
    isMqtt &&
    !isWord &&
    !/^(?:mqtts?|tls|ssl|tcp|udp|plain|secure|default|v\d|non-?tls)$/i.test(name)
  );
}

/** Reads what is left: topics, paths of the Console and the API, ids with a tenant, clusters and other hosts by their looks. */
export function readWords(text: string, masked: string, facts: Facts): void {
  for (const { 1: name = "", index: at } of text.matchAll(topic)) {
    const uid = uidOf(name);
    if (uid !== undefined) facts.applications.push({ value: uid, worth: worth.topic, at });
  }
  for (const { 1: name = "", index: at } of text.matchAll(applicationPath)) {
    const uid = uidOf(name);
    if (uid !== undefined) facts.applications.push({ value: uid, worth: worth.word - 5, at });
  }
  for (const { 0: found, index: at } of masked.matchAll(/[^\s"'`<>()[\]{},;=|&*]{3,300}/g)) {
    const word = found.replace(/^[:/.]+|[.:!?/]+$/g, "");
    if (word.includes("@") || word.includes("%40")) {
      const uid = uidOf(word.replace(/^(?:[a-zA-Z]{1,20}):(?=.*@)/, ""));
      if (uid !== undefined) facts.applications.push({ value: uid, worth: worth.word, at });
    } else if (isMqttPort(word)) {
      facts.ports.push({ value: word, worth: worth.word, at });
    } else if (word.includes(".") && looksLikeHost(word) && masked[at + found.length] !== "(") {
      readBareHost(word, at, facts);
    }
  }
}

function readBareHost(word: string, at: number, facts: Facts): void {
  const host = hostOf(word);
  if (host === undefined || isOtherPage(host)) return;
  facts.hosts.push({ host, worth: isCluster(host) ? worth.cluster : worth.bare, at });
}
