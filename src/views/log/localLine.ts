/** What the workspace's own formatter adds to an event, as a line of the event channel: nothing where the server agrees. */
import type { Application } from "../../model/application";
import type { EventEntry } from "../../model/eventStore";
import type { Difference } from "../../formatters/workbench/differences";
import type { JsonValue } from "../../formatters/formatter";
import { driftsOf, type Outcome } from "../../formatters/workbench/outcome";
import { errorText } from "../../formatters/workbench/report";
import { redactKeys } from "../../stack/redact";
import { scalar, summarizeFields } from "../../stack/values";
import { visible } from "../../stack/visible";
import { deviceWidth, lineHead } from "./eventLine";

const maximumDifferences = 4;

/** What a link to a comparison looks like: `d41` behind the time. */
export const comparisonLinkIn = /^\d\d:\d\d:\d\d\.\d{3} {2}(d(\d{1,15})) /;

/**
 * `12:04:31.482  d41    DRIFT greenhouse-07  #1042  p2   local temp=22.4  server temp=22.5` where the server decoded
 * something else, `LOCAL` with the values where it decoded nothing.
 */
export function localLine(
  { id, at, content }: EventEntry,
  application: Application,
  outcome: Outcome,
  namesApplication = false,
): string | undefined {
  if (content.kind !== "uplink" || outcome.agrees === true) return undefined;
  const server = content.decodedPayload;
  // What changes by itself is compared with nothing.
  if (server !== undefined && outcome.agrees === undefined) return undefined;
  const text = server === undefined ? valuesText(outcome) : driftText(outcome, server);
  if (text === "") return undefined;
  const label = server === undefined ? "LOCAL" : "DRIFT";
  const device = content.deviceId.padEnd(deviceWidth);
  const counter = (content.fCnt === undefined ? "" : `#${content.fCnt}`).padEnd(6);
  const port = `p${content.fPort}`.padEnd(4);
  const name = namesApplication ? application.uid : undefined;
  return redactKeys(
    `${lineHead(at, `d${id}`, label, name)}${device} ${counter} ${port} ${text}`.trimEnd(),
  );
}

function valuesText({ answer }: Outcome): string {
  if (answer.error) return `fails here: ${errorText(answer.error)}`;
  return summarizeFields(answer.result.decoded_payload, 8);
}

/** `local temp=22.4  server temp=22.5`. */
export function driftText({ answer, varying }: Outcome, server: JsonValue): string {
  if (answer.error)
    return `local fails: ${errorText(answer.error)}  server ${summarizeFields(server, 4)}`;
  const decoded = answer.result.decoded_payload;
  const found = driftsOf(decoded, server, varying, maximumDifferences + 1);
  const shown = found.slice(0, maximumDifferences);
  const more = found.length > shown.length ? " …" : "";
  const pairs = shown.map((each) => ({ name: nameOf(each), texts: valueTexts(each) }));
  const side = (index: 0 | 1) =>
    pairs.map(({ name, texts }) => `${name}=${texts[index]}`).join(" ") + more;
  return `local ${side(0)}  server ${side(1)}`;
}

function nameOf({ path }: Difference): string {
  return /^[\w.[\]-]{1,60}$/.test(path) ? path : scalar(visible(path, 60));
}

/** Two texts that are never the same: where the short ones are, the whole values tell what differs. */
function valueTexts({ a, b }: Difference): readonly [local: string, server: string] {
  const short = [valueText(a), valueText(b)] as const;
  if (short[0] !== short[1]) return short;
  const [wholeA, wholeB] = [JSON.stringify(a), JSON.stringify(b)];
  let same = 0;
  while (same < wholeA.length && wholeA[same] === wholeB[same]) same++;
  const from = same > maximumWhole / 2 ? same - contextShown : 0;
  const cut = (text: string) =>
    (from > 0 ? "…" : "") +
    visible(text.slice(from, from + maximumWhole)) +
    (text.length > from + maximumWhole ? "…" : "");
  return [cut(wholeA), cut(wholeB)];
}

/** Characters of a whole value that are shown, and of those that are the same before the first that is not. */
const maximumWhole = 40;
const contextShown = 8;

function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return "(none)";
  if (typeof value !== "object" || value === null) return scalar(value);
  return Array.isArray(value) ? "[…]" : "{…}";
}
