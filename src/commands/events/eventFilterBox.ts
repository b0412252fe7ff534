/** The one box that asks for an event filter: typed, used lately, or ready. */
import { parseEventFilter, type EventFilter } from "../../stack/eventFilter";
import { askTypedOrChoice } from "../quickInput";

/** From everything to the few lines that matter. */
const ready: readonly (readonly [label: string, filter: string])[] = [
  ["Everything", ""],
  ["Without normalized payloads", "-kind:norm"],
  ["Joins, downlinks and trouble", "kind:join,down,bad"],
  ["Trouble only", "is:trouble"],
];
const help =
  "kind:up,join  device:pump*  decoded.temperature > 30  rssi < -110  sf = 12  is:trouble  any words; a minus turns one round";

/** Undefined means no filter. */
export async function askEventFilter(
  current: string,
  recent: readonly string[],
): Promise<EventFilter | undefined | "cancel"> {
  const used = recent.filter((text) => !ready.some(([, filter]) => filter === text));
  const answer = await askTypedOrChoice({
    title: "Filter Events",
    canGoBack: false,
    placeholder: help,
    value: current,
    typedLabel: "Show what fits the text above",
    choices: [
      ...used.map((text) => ({ label: text, description: "used lately", value: text })),
      ...ready.map(([label, filter]) => ({ label, description: filter, value: filter })),
    ],
    check: (text) => {
      const filter = parseEventFilter(text);
      return "problem" in filter ? { error: filter.problem } : undefined;
    },
  });
  if (typeof answer === "string") return "cancel";
  const filter = answer.value === "" ? undefined : parseEventFilter(answer.value);
  return filter && "matches" in filter ? filter : undefined;
}
