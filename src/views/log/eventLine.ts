/** One event as one line of the event channel. The grammar in media/ and the links read these columns. */
import type { Application } from "../../model/application";
import type { EventEntry } from "../../model/eventStore";
import { describe, eventLabel } from "../../stack/describe";
import { redactKeys } from "../../stack/redact";
import { clockTime, preciseDuration } from "../times";

/** Characters of the longest line; the rest is cut and its length told. */
export const maximumLine = 8 * 1024;
export const deviceWidth = 18;
/** Room for the links of a hundred thousand events. */
const linkWidth = 6;
const labelWidth = 5;
/** With the two spaces before a note: the column in which an uplink shows its values. */
const textWidth = 32;

/**
 * `12:04:31.482  e41    UP    greenhouse-07      #1042 …`, without a line end and without API keys.
 * @param namesApplication whether the line tells the application, which is needed when there are several
 */
export function eventLine(
  entry: EventEntry,
  { uid }: Application,
  namesApplication = false,
): string {
  const { id, at, content } = entry;
  const isMessage = content.kind !== "connection" && content.kind !== "gap";
  const link = isMessage ? `${eventLinkPrefix}${id}` : "";
  const name = namesApplication ? uid : undefined;
  return cut(redactKeys(lineHead(at, link, labelOf(content), name) + lineBody(entry)));
}

/** Time, link, word and, if there are several, application: what all lines begin with. */
export function lineHead(
  at: number,
  link: string,
  label: string,
  application: string | undefined,
): string {
  const name = application === undefined ? "" : `${application}  `;
  return `${clockTime(at)}  ${link.padEnd(linkWidth)} ${label.padEnd(labelWidth)} ${name}`;
}

function lineBody({ content, note }: EventEntry): string {
  switch (content.kind) {
    case "connection":
      return content.text;
    case "gap":
      return `not connected for ${preciseDuration(content.to - content.from)}: messages of that time are lost`;
    default: {
      const text = describe(content);
      const device = (content.deviceId ?? "").padEnd(deviceWidth);
      return `${device} ${note === undefined ? text : `${text.padEnd(textWidth)}  ${note}`}`;
    }
  }
}

/** What a link to an event looks like: `e41` behind the time. */
const eventLinkPrefix = "e";
export const eventLinkIn = /^\d\d:\d\d:\d\d\.\d{3} {2}(e(\d{1,15})) /;

function labelOf(content: EventEntry["content"]): string {
  if (content.kind === "connection") return "CONN";
  if (content.kind === "gap") return "GAP";
  return eventLabel(content);
}

function cut(line: string): string {
  if (line.length <= maximumLine) return line;
  const mark = `… (${line.length} characters)`;
  return line.slice(0, maximumLine - mark.length) + mark;
}
