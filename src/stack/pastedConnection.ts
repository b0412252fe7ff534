/**
 * Reads a connection from whatever was pasted: readers collect labelled facts with what each is worth, and one place chooses
 * from them. Nothing is searched for its first match, and a host that is only a guess says so.
 */
import { findApiKey, isId } from "./identifiers";
import { choose, type Chosen } from "./pasted/choose";
import { cleanText } from "./pasted/cleanText";
import { noFacts, worth, type Facts } from "./pasted/facts";
import { hostOf, looksLikeHost } from "./pasted/hostShapes";
import { readHostPorts, readRegion, readUrls, readWords } from "./pasted/readAddresses";
import { plainIpAddresses, readCode, readUserBeforeKey } from "./pasted/readCode";
import { readCommands } from "./pasted/readCommands";
import { narrowJson } from "./pasted/readJson";
import { readLabels } from "./pasted/readLabels";
import { tokenise } from "./pasted/tokens";
import { uidOf } from "./pasted/uids";
import { substitute } from "./pasted/variables";

/** What was found; everything else is asked for. */
export interface PastedConnection {
  readonly application?: string;
  readonly host?: string;
  /** Set when the text does not say clearly that this is the host: a key is given to it only after it was confirmed. */
  readonly isHostGuess?: true;
  readonly port?: number;
  readonly security?: "tls" | "plaintext";
  readonly apiKey?: string;
  readonly caFile?: string;
  /** Set when the paste says something impossible, such as the port 99999: words for the user. */
  readonly problem?: string;
}

/** Reads what can be read, in time in proportion to the text; an unreadable text gives an empty result. */
export function parsePastedConnection(pasted: string): PastedConnection {
  const cleaned = cleanText(pasted);
  const { text, keys } = maskKeys(cleaned);
  const json = narrowJson(text, isKey);
  const part = json === undefined ? undefined : read(json);
  const whole = part?.application !== undefined && part.host !== undefined ? undefined : read(text);
  const chosen: Chosen = { ...(part ?? whole) };
  // In a flow the application may stand only in the topics of other nodes.
  if (chosen.application === undefined && whole?.application !== undefined) {
    chosen.application = whole.application;
  }
  const key = keys[onlyKey(json ?? "") ?? onlyKey(text) ?? -1];
  return { ...chosen, ...(key === undefined ? {} : { apiKey: key }) };
}

/** Keys are put aside before anything is read: each leaves one character of the private use area in its place. */
function maskKeys(text: string): { readonly text: string; readonly keys: readonly string[] } {
  const keys: string[] = [];
  let rest = text.replace(/[\ue000-\ue0ff]/g, " ");
  for (let count = 0; count < maximumKeys; count++) {
    const found = findApiKey(rest);
    if (found === undefined) break;
    rest = rest.replaceAll(found, String.fromCharCode(0xe000 + keys.length));
    keys.push(found);
  }
  return { text: rest, keys };
}

const maximumKeys = 8;

const isKey = (text: string) => /[\ue000-\ue0ff]/.test(text);

/** Which key a text holds, if it is one and no other: of several nobody knows which one belongs to the host. */
function onlyKey(text: string): number | undefined {
  const found = new Set(text.match(/[\ue000-\ue0ff]/g));
  const [first] = found;
  return first === undefined || found.size > 1 ? undefined : first.charCodeAt(0) - 0xe000;
}

function read(masked: string): Chosen {
  const facts = noFacts();
  const text = substitute(plainIpAddresses(masked));
  const withoutUrls = readUrls(text, facts);
  readCommands(withoutUrls, facts);
  readHostPorts(withoutUrls, facts);
  const tokens = tokenise(withoutUrls);
  readLabels(tokens, facts);
  readCode(withoutUrls, tokens, facts);
  readUserBeforeKey(tokens, isKey, facts);
  readWords(text, withoutUrls, facts);
  readWhole(text, facts);
  readRegion(text, facts);
  return choose(facts);
}

/** A text that is one word says what it is by that: an application, or a host. */
function readWhole(text: string, facts: Facts): void {
  const words = text
    .replace(/[\ue000-\ue0ff]/g, " ")
    .trim()
    .split(/[\s,;]+/, 3);
  const [first = ""] = words;
  const word = first.replace(/^["'`<(]+|["'`>).]+$/g, "");
  if (words.length !== 1) return;
  const host = looksLikeHost(word) ? hostOf(word) : undefined;
  if (host !== undefined) {
    facts.hosts.push({ host, worth: worth.url, at: 0 });
    return;
  }
  const uid = uidOf(word);
  if (uid !== undefined && (uid.includes("@") || isId(uid)))
    facts.applications.push({ value: uid, worth: worth.word, at: 0 });
}
