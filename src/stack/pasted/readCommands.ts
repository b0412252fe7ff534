/** Commands of MQTT clients on all platforms: mosquitto_sub, mosquitto_pub, mqttx, mqtt, with their options. */
import { worth, type Facts } from "./facts";
import { hostOf, looksLikeHost } from "./hostShapes";
import { readUrls } from "./readAddresses";
import { uidOf } from "./uids";

const client =
  /(?:mosquitto_(?:sub|pub|rr)|(?<![\w.])(?:mqttx(?:-cli)?|mqtt-cli|mqttcli|mqttui|hivemq-mqtt|emqtt|mqtt))(?:\.exe)?["']?\s{1,20}(?:(?:sub|pub|conn|subscribe|publish|bench|test|simulate|shell|log)\s{1,20})?(?=-)/gi;
/** Options alone, copied without the command. */
const optionsAlone = /(?:^|\s)(?:-h|--host|--hostname)[\s=]/;
const otherProgram =
  /(?<![\w-])(?:docker|podman|ssh|psql|mysql|redis-cli|ls|curl|wget|grep|influx)(?![\w_-])/;

/** A paste with more commands says no more than these do. */
const maximumCommands = 20;

/** Reads the options after each command; returns whether there was one. */
export function readCommands(text: string, facts: Facts): boolean {
  const starts = [...text.matchAll(client)]
    .slice(0, maximumCommands)
    .map(({ 0: found, index }) => index + found.length);
  for (const [index, start] of starts.entries()) {
    readOptions(
      splitWords(text.slice(start, starts[index + 1] ?? text.length)),
      start,
      true,
      facts,
    );
  }
  if (starts.length > 0) return true;
  if (!optionsAlone.test(text) || otherProgram.test(text)) return false;
  readOptions(splitWords(text), 0, false, facts);
  return true;
}

/**
 * Words of a shell command: quotes hold together, also in the middle of a word. Ends where the next command begins. Lone
 * marks of continued lines are no words: an input box turned the line ends behind them into blanks.
 */
function splitWords(text: string): string[] {
  const words: string[] = [];
  const piece = /"([^"\n]{0,2000})"|'([^'\n]{0,2000})'|([^\s"']{1,2000})|(\s+)|["']/g;
  let word: string | undefined;
  const end = () => {
    if (word !== undefined && !/^[\\^`]$/.test(word)) words.push(word.replace(/\\$/, ""));
    word = undefined;
  };
  for (const [whole, double, single, bare, blank] of text.matchAll(piece)) {
    if (blank !== undefined) end();
    else if (bare !== undefined && /^(?:\||;|&&|\|\||>)/.test(bare)) break;
    else word = (word ?? "") + (double ?? single ?? bare ?? (whole.length > 1 ? "" : ""));
  }
  end();
  return words;
}

type Reader = (value: string) => void;

function readOptions(words: readonly string[], at: number, isSure: boolean, facts: Facts): void {
  let host: string | undefined;
  let port: string | undefined;
  let user: string | undefined;
  const file: Reader = (value) => {
    if (value !== "" && !value.startsWith("-"))
      facts.caFiles.push({ value, worth: worth.option, at });
    facts.tls.push(true);
  };
  const setHost: Reader = (value) => {
    const [, name = value, attached] = /^([^:]{1,253}):(\d{1,9})$/.exec(value) ?? [];
    host ??= isSure || looksLikeHost(name) ? hostOf(name) : undefined;
    port ??= attached;
  };
  const setPort: Reader = (value) => {
    if (/^-?\d{1,9}$/.test(value)) port ??= value;
  };
  const setUser: Reader = (value) => (user ??= uidOf(value));
  const setScheme: Reader = (value) => {
    if (/^(?:mqtts|ssl|tls)/i.test(value)) facts.tls.push(true);
  };
  const readers: Readonly<Record<string, Reader>> = {
    ...{
      "-h": setHost,
      "--host": setHost,
      "--hostname": setHost,
      "-p": setPort,
      "--port": setPort,
    },
    ...{
      "-u": setUser,
      "--username": setUser,
      "--user": setUser,
      "-l": setScheme,
      "--protocol": setScheme,
    },
    ...{ "--cafile": file, "--ca": file, "--capath": () => facts.tls.push(true) },
    ...{ "--tls-use-os-certs": () => facts.tls.push(true), "-s": () => facts.tls.push(true) },
    ...{ "--secure": () => facts.tls.push(true) },
    ...{ "-L": (value) => readUrls(value, facts), "--url": (value) => readUrls(value, facts) },
  };
  for (const [index, word] of words.entries()) {
    if (!word.startsWith("-")) continue;
    const [, name = word, joined] = /^(--?[\w-]{1,40})=(.*)$/s.exec(word) ?? [];
    if (Object.hasOwn(readers, name)) readers[name]?.(joined ?? words[index + 1] ?? "");
  }
  if (user !== undefined) facts.applications.push({ value: user, worth: worth.option, at });
  if (host !== undefined) {
    facts.hosts.push({ host, worth: worth.option, at, ...(port === undefined ? {} : { port }) });
  } else if (port !== undefined) facts.ports.push({ value: port, worth: worth.option, at });
}
