/** Labelled values: `MQTT_HOST=…`, `"host": "…"`, `address …`, `Username …`, `const char* mqtt_server = "…"`, and arguments. */
import { worth, type Facts } from "./facts";
import { hostOf, looksLikeHost, mayBeHost } from "./hostShapes";
import { fillers, isForeign, labelKind, type LabelKind } from "./labels";
import type { Token } from "./tokens";
import { uidOf } from "./uids";

/** How many tokens may stand between a label and its value. */
const reach = 8;

interface Labelled {
  readonly token: Token;
  /** A mark such as `=` or `:` ties the value to the label. */
  readonly isTied: boolean;
  /** Only marks are between them. */
  readonly isNext: boolean;
  /** What follows the value: it ends there, or goes on as a sentence does. */
  readonly after?: Token | undefined;
}

/** Reads all labels of the tokens. */
export function readLabels(tokens: readonly Token[], facts: Facts): void {
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "mark") continue;
    const glued = gluedValue(token);
    const name = glued ? glued.label : token.text;
    const kind = labelKind(name);
    const before = tokens[index - 1];
    if (
      kind === undefined ||
      (before?.kind === "word" && /^[\p{L}_-]+$/u.test(before.text) && isForeign(before.text))
    )
      continue;
    if (glued) {
      take(kind, { token: glued.value, isTied: true, isNext: true }, facts);
      continue;
    }
    for (const value of candidates(tokens, index, kind)) {
      if (take(kind, value, facts)) break;
    }
  }
}

/** `host:eu1.example.com` and `port:1883`, written without a blank. */
function gluedValue({ text, at }: Token): { label: string; value: Token } | undefined {
  const colon = text.indexOf(":");
  if (colon < 2 || colon > 40 || text.startsWith("//", colon + 1)) return undefined;
  const label = text.slice(0, colon);
  const value = text.slice(colon + 1);
  const isAddress = /^\d+$/.test(value) && labelKind(label) !== "port";
  if (isAddress || value === "" || labelKind(label) === undefined) return undefined;
  return { label, value: { kind: "word", text: value, at: at + colon + 1 } };
}

/** The values that a label may be of, nearest first: only words that say nothing are passed over. */
function* candidates(
  tokens: readonly Token[],
  label: number,
  kind: LabelKind,
): Generator<Labelled> {
  let isTied = false;
  let isNext = true;
  let lineEnds = 0;
  for (let index = label + 1; index <= label + reach; index++) {
    const token = tokens[index];
    if (!token) return;
    if (token.kind === "mark") {
      if (token.text === ";" || (token.text === "," && !isTied)) return;
      if (token.text === "\n" && ++lineEnds > 2) return;
      if (/^[,)}]$/.test(token.text)) {
        // Behind the value's own place the label has no value; only `Port: (TLS) 8883` goes on.
        if (isTied && !(kind === "port" && token.text === ")")) return;
        continue;
      }
      if (/^[:=]$/.test(token.text)) isTied = true;
      continue;
    }
    yield { token, isTied, isNext, after: tokens[index + 1] };
    if (!fillers.has(token.text.toLowerCase())) return;
    isNext = false;
  }
}

/** True when the value fits the label, so that it is looked for no further. */
function take(kind: LabelKind, labelled: Labelled, facts: Facts): boolean {
  const { token, isTied, isNext } = labelled;
  const { text, at } = token;
  const value = isTied ? worth.labelled : worth.loose;
  switch (kind) {
    case "host":
      return takeHost(labelled, facts);
    case "port": {
      const digits = /^(\d{1,9})(?:\/tcp)?$/.exec(text)?.[1];
      if (digits === undefined) return false;
      if (isTied || isNext) facts.ports.push({ value: digits, worth: value, at });
      return true;
    }
    case "application": {
      const uid = uidOf(text);
      if (uid === undefined) return false;
      if (!isTied && !/[@\d-]/.test(uid) && !(isNext && isEnd(labelled.after))) return false;
      if (!isTied && !uid.includes("@") && fillers.has(uid)) return false;
      facts.applications.push({
        value: uid,
        worth: uid.includes("@") ? value + 1 : value - 10,
        at,
      });
      return true;
    }
    case "tenant": {
      if (!isTied || uidOf(text) === undefined || text.includes("@")) return false;
      facts.tenants.push({ value: text, worth: value, at });
      return true;
    }
    case "tls": {
      if (!isTied) return false;
      if (/^(?:true|yes|on|1|enabled|required|tls.*|ssl.*)$/i.test(text)) facts.tls.push(true);
      else if (/^(?:false|no|off|0|disabled|none)$/i.test(text)) facts.tls.push(false);
      else return false;
      return true;
    }
    case "scheme": {
      if (/^(?:mqtts|ssl|tls|mqtt\+(?:ssl|tls))(?::\/\/)?$/i.test(text)) facts.tls.push(true);
      else if (/^plaintext$/i.test(text)) facts.tls.push(false);
      else return false;
      return true;
    }
    case "caFile":
      return takeCaFile(labelled, facts);
  }
}

/** True when a value ends here. In prose such as "the user complained about" the sentence goes on. */
function isEnd(after: Token | undefined): boolean {
  if (!after || after.kind === "mark") return true;
  return (
    labelKind(after.text) !== undefined || /^(?:pass|pw|key|api|topic|client|qos)/i.test(after.text)
  );
}

function takeHost({ token, isTied, isNext }: Labelled, facts: Facts): boolean {
  const { text, at } = token;
  const [, name = text, port] = /^(.{1,253}?):(\d{1,9})$/.exec(text) ?? [];
  const isHost = isTied && isNext ? mayBeHost(name, token.kind === "string") : looksLikeHost(name);
  const host = isHost ? hostOf(name) : undefined;
  if (host === undefined) return false;
  const isWorth = isTied ? worth.labelled : worth.loose;
  facts.hosts.push({ host, worth: isWorth, at, ...(port === undefined ? {} : { port }) });
  return true;
}

function takeCaFile({ token, isTied }: Labelled, facts: Facts): boolean {
  const isFile = /^[^*?<>|{}$]{1,250}\.(?:pem|crt|cer|cert)$/i.test(token.text);
  if (!isFile || (!isTied && !/[\\/]/.test(token.text))) return false;
  facts.caFiles.push({ value: token.text, worth: worth.labelled, at: token.at });
  facts.tls.push(true);
  return true;
}
