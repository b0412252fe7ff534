/** Which words can be hosts, and which only look like one: file names, versions, code, ids of Node-RED. */
import { hostProblem } from "../applicationSettings";

const endings = new Set(
  (
    "com net org io eu dev cloud network industries info biz tech online site app ai xyz solutions systems services " +
    "digital energy farm global group iot smart edu gov int test example local lan internal home intranet corp localdomain " +
    "arpa ad ae ar at au ba be bg br by ca ch cl cn co cr cy cz de dk ee es fi fr ge gr hk hr hu id ie il ir is it jo jp " +
    "ke kr kz li lt lu lv ma me mx my ng nl no np nu nz pe ph pk pt qa ro ru se sg si sk th tn tr tv tw ua uk us uy uz " +
    "ve vn za"
  ).split(" "),
);
const cluster = /^(?:[a-z0-9-]{1,63}\.)?[a-z]{2,4}\d\.cloud\.thethings\.(?:network|industries)$/;
/** Pages about The Things Stack and places where people talk: no MQTT server of an application. */
const otherPages =
  /^(?:console\.)?cloud\.thethings\.(?:network|industries)$|(?:^|\.)(?:thethingsnetwork\.org|thethingsindustries\.com|thethings\.industries|github\.com|githubusercontent\.com|gitlab\.com|stackoverflow\.com|stackexchange\.com|google\.com|googleapis\.com|youtube\.com|youtu\.be|discourse\.org|home-assistant\.io|nodered\.org|mosquitto\.org|eclipse\.org|emqx\.io|emqx\.com|hivemq\.com|arduino\.cc|espressif\.com|microsoft\.com|w3\.org|json-schema\.org|npmjs\.com|pypi\.org|docker\.com|wikipedia\.org|medium\.com|imgur\.com|letsencrypt\.org)$/;
/** The first word of an expression in code. */
const codeWord =
  /^(?:this|self|process|os|sys|config|conf|cfg|args|argv|options|opts|settings|env|data|msg|params|props|json|ctx|request|req|res|client|mqtt|paho|java|javax|system|console|window|document|math|string|secrets|var|local|module|app|user|context|flow|global|build|project)$/;
const nodeRedId = /^(?:[0-9a-f]{5,8}\.[0-9a-f]{4,8}|[0-9a-f]{14,16})$/;
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** A public cluster of The Things Stack (tts-mqtt §1.2). The console's own address without a cluster is none. */
export function isCluster(host: string): boolean {
  return cluster.test(host);
}

/** True for documentation, forums and other well-known pages. */
export function isOtherPage(host: string): boolean {
  return otherPages.test(host) && !isCluster(host);
}

/** The host as it is stored, or undefined when the word can be none. */
export function hostOf(word: string): string | undefined {
  const host = word
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (hostProblem(host) !== undefined || nodeRedId.test(host)) return undefined;
  if (/^[\d.]+$/.test(host) && !ipv4.test(host)) return undefined;
  return host;
}

/** True when a word is a host by its looks, wherever it stands. */
export function looksLikeHost(word: string): boolean {
  const host = hostOf(word);
  if (host === undefined) return false;
  if (host === "localhost" || ipv4.test(host) || host.includes(":")) return true;
  const labels = host.split(".");
  return labels.length > 1 && !host.includes("_") && endings.has(labels.at(-1) ?? "");
}

/** True when a word may be a host because a label says so: also a name without dots, never an expression of code. */
export function mayBeHost(word: string, isQuoted: boolean): boolean {
  const host = hostOf(word);
  if (host === undefined || !/[a-z]/.test(host)) return looksLikeHost(word);
  if (looksLikeHost(word)) return true;
  const labels = host.split(".");
  if (labels.length > 1) {
    if (/\.(?:pem|crt|cer|key|py|js|ts|json|ya?ml|conf|cfg|ini|md|txt|exe|sh)$/.test(host))
      return false;
    return isQuoted || (word === host && !codeWord.test(labels[0] ?? "") && !host.includes("_"));
  }
  return !notHosts.test(host) && (isQuoted || /^[a-z0-9-]{2,63}$/.test(word));
}

const notHosts =
  /^(?:true|false|null|none|nil|undefined|string|int|str|char|const|yes|no|on|off|mqtts?|mqtt-broker|tcp|tls|ssl|https?|wss?|host|hostname|server|broker|address|url|uri|port|user|username|password|the|and|or|is|are|at|to|of|for|with|in|your|my|here|id|name|type|config|client|region|self|this|new|connect|connected|connection|error|your-.*|x{2,}|address-type)$/;
