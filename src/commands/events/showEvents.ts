/** The event channel: brings it to the front and chooses what it shows. */
import { parseEventFilter, type EventFilter } from "../../stack/eventFilter";
import { everyEvent, toggleMuted } from "../../views/log/eventSelection";
import { askChoice, askText, type Choice } from "../quickInput";
import { deviceFrom } from "../targets";
import type { Command } from "../services";

export const showEvents: Command = (services) => () => services.eventChannel.show();

/** The event channel for one end device only, beginning with what is remembered of it. */
export const showDeviceEvents: Command = (services) => (argument) => {
  const { eventChannel, tree } = services;
  const target = deviceFrom(services, argument ?? tree.selection);
  if (target) {
    const focus = { applicationKey: target.application.key, deviceId: target.deviceId };
    eventChannel.select({ ...everyEvent, focus });
  }
  eventChannel.show();
};

export const showAllEvents: Command = (services) => () => {
  services.eventChannel.select(everyEvent);
  services.eventChannel.show();
};

/** Leaves out a noisy end device, or shows it again. */
export const muteDevice: Command = (services) => (argument) => {
  const { eventChannel, tree } = services;
  const target = deviceFrom(services, argument ?? tree.selection);
  if (!target) return;
  const device = { applicationKey: target.application.key, deviceId: target.deviceId };
  eventChannel.select(toggleMuted(eventChannel.selection, device));
};

/** From everything to the few lines that matter: levels of verbosity, and a filter of one's own. */
const levels: readonly Choice<string>[] = [
  { label: "Everything", value: "" },
  {
    label: "Without normalized payloads",
    description: "-kind:norm",
    value: "-kind:norm",
  },
  {
    label: "Joins, downlinks and trouble",
    description: "kind:join,down,bad",
    value: "kind:join,down,bad",
  },
  { label: "Trouble only", description: "is:trouble", value: "is:trouble" },
];
const ownFilter = "own";

export const filterEvents: Command = (services) => async () => {
  const { eventChannel } = services;
  const title = "Filter Events";
  const own = {
    label: "A filter of your own…",
    description: eventChannel.selection.filter?.text ?? "decoded.temperature > 30",
    value: ownFilter,
  };
  const level = await askChoice({
    title,
    canGoBack: false,
    placeholder: "Which events to show",
    choices: [...levels, own],
  });
  if (typeof level === "string") return;
  const filter =
    level.value === ownFilter
      ? await askFilter(title, eventChannel.selection.filter?.text ?? "")
      : asFilter(level.value);
  if (filter === "cancel") return;
  eventChannel.select({ ...eventChannel.selection, filter });
  eventChannel.show();
};

async function askFilter(
  title: string,
  value: string,
): Promise<EventFilter | undefined | "cancel"> {
  const answer = await askText({
    title,
    canGoBack: false,
    prompt:
      "Words that must stand in the line, kind:up,join  device:pump*  decoded.temperature > 30  rssi < -110  sf = 12  is:trouble; a minus turns one round",
    placeholder: "kind:up device:pump* decoded.temperature > 30",
    value,
    check: (text) => {
      const filter = parseEventFilter(text);
      return "problem" in filter ? { error: filter.problem } : undefined;
    },
  });
  return typeof answer === "string" ? "cancel" : asFilter(answer.value);
}

function asFilter(text: string): EventFilter | undefined {
  const filter = text === "" ? undefined : parseEventFilter(text);
  return filter && "matches" in filter ? filter : undefined;
}

export const showDiagnostics: Command = (services) => () => services.diagnostics.show();
