/** One event as one line of the event channel. The grammar in media/ and the links read these columns. */
import type { Application } from "../../model/application";
import type { EventEntry } from "../../model/eventStore";
import { describe, eventLabel } from "../../stack/describe";
import { clockTime, preciseDuration } from "../times";

/** Characters of the longest line; the rest is cut and its length told. */
export const maximumLine = 8 * 1024;
const deviceWidth = 18;
/** With the two spaces before a note: the column in which an uplink shows its values. */
const textWidth = 32;

/** `12:04:31.482  UP    soil-lab@ttn  greenhouse-07  #1042 …  e41`, without a line end. */
export function eventLine(entry: EventEntry, application: Application): string {
  const { content } = entry;
  const label = labelOf(content);
  const head = `${clockTime(entry.at)}  ${label.padEnd(4)}  ${application.uid}  `;
  const link = `  ${eventLinkPrefix}${entry.id}`;
  switch (content.kind) {
    case "connection":
      return head + content.text;
    case "gap":
      return `${head}not connected for ${preciseDuration(content.to - content.from)}: messages of that time are lost`;
    default: {
      const device = (content.deviceId ?? "").padEnd(deviceWidth);
      const text = describe(content);
      const note = entry.note === undefined ? "" : `  ${entry.note}`;
      return (
        cut(`${head}${device} ${note === "" ? text : text.padEnd(textWidth) + note}`, link.length) +
        link
      );
    }
  }
}

/** What a link to an event looks like: `e41` at the end of its line. */
export const eventLinkPrefix = "e";
export const eventLinkAtEnd = / e(\d{1,15})$/;

function labelOf(content: EventEntry["content"]): string {
  if (content.kind === "connection") return "CONN";
  if (content.kind === "gap") return "GAP";
  return eventLabel(content);
}

function cut(line: string, reserved: number): string {
  const room = maximumLine - reserved;
  if (line.length <= room) return line;
  const mark = `… (${line.length} characters)`;
  return line.slice(0, room - mark.length) + mark;
}
