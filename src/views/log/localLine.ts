/** What the workspace's own formatter adds to an event, as a line of the event channel: nothing where the server agrees. */
import type { Application } from "../../model/application";
import type { EventEntry } from "../../model/eventStore";
import { differences, type Difference } from "../../formatters/workbench/differences";
import type { JsonValue } from "../../formatters/formatter";
import type { Outcome } from "../../formatters/workbench/outcome";
import { errorText } from "../../formatters/workbench/report";
import { scalar, summarizeFields } from "../../stack/values";
import { visible } from "../../stack/visible";
import { clockTime } from "../times";

const deviceWidth = 18;
const maximumDifferences = 4;

/** What a link to a comparison looks like: `d41` at the end of its line. */
export const comparisonLinkAtEnd = / d(\d{1,15})$/;

/**
 * `12:04:31.482  DRIFT soil-lab@ttn  greenhouse-07  #1042  p2   local temp=22.4  server temp=22.5  d41` where the server
 * decoded something else, `LOCAL` with the values where it decoded nothing.
 */
export function localLine(
  { id, at, content }: EventEntry,
  application: Application,
  outcome: Outcome,
): string | undefined {
  if (content.kind !== "uplink" || outcome.agrees === true) return undefined;
  const server = content.decodedPayload;
  const text = server === undefined ? valuesText(outcome) : driftText(outcome, server);
  if (text === "") return undefined;
  const label = server === undefined ? "LOCAL" : "DRIFT";
  const device = content.deviceId.padEnd(deviceWidth);
  const counter = (content.fCnt === undefined ? "" : `#${content.fCnt}`).padEnd(6);
  const port = `p${content.fPort}`.padEnd(4);
  return `${clockTime(at)}  ${label} ${application.settings.application}  ${device} ${counter} ${port} ${text}  d${id}`;
}

function valuesText({ answer }: Outcome): string {
  if (answer.error) return `fails here: ${errorText(answer.error)}`;
  return summarizeFields(answer.result.decoded_payload, 8);
}

/** `local temp=22.4  server temp=22.5`. */
export function driftText({ answer }: Outcome, server: JsonValue): string {
  if (answer.error)
    return `local fails: ${errorText(answer.error)}  server ${summarizeFields(server, 4)}`;
  const found = differences(answer.result.decoded_payload, server, maximumDifferences + 1);
  const shown = found.slice(0, maximumDifferences);
  const more = found.length > shown.length ? " …" : "";
  const side = (valueOf: (each: Difference) => JsonValue | undefined) =>
    shown.map((each) => `${nameOf(each)}=${valueText(valueOf(each))}`).join(" ") + more;
  return `local ${side(({ a }) => a)}  server ${side(({ b }) => b)}`;
}

function nameOf({ path }: Difference): string {
  return /^[\w.[\]-]{1,60}$/.test(path) ? path : scalar(visible(path, 60));
}

function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return "(none)";
  if (typeof value !== "object" || value === null) return scalar(value);
  return Array.isArray(value) ? "[…]" : "{…}";
}
