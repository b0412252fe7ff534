/** The event channel: brings it to the front and chooses what it shows. */
import { everyEvent, withMuted } from "../../views/log/eventSelection";
import { deviceFrom } from "../targets";
import type { Command, CommandServices } from "../services";
import { askEventFilter } from "./eventFilterBox";

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

/** Leaves the events of a noisy end device out. */
export const muteDevice: Command = (services) => (argument) => setMuted(services, argument, true);

/** Shows them again. */
export const unmuteDevice: Command = (services) => (argument) =>
  setMuted(services, argument, false);

function setMuted(services: CommandServices, argument: unknown, isMuted: boolean): void {
  const { eventChannel, tree } = services;
  const target = deviceFrom(services, argument ?? tree.selection);
  if (!target) return;
  const device = { applicationKey: target.application.key, deviceId: target.deviceId };
  eventChannel.select(withMuted(eventChannel.selection, device, isMuted));
}

/** One box for all: a filter as one types it, those used lately, and ready ones. */
export const filterEvents: Command = (services) => async () => {
  const { eventChannel, eventArrangement } = services;
  const filter = await askEventFilter(
    eventChannel.selection.filter?.text ?? "",
    eventArrangement.read().recentFilters,
  );
  if (filter === "cancel") return;
  if (filter) eventArrangement.used(filter.text);
  eventChannel.select({ ...eventChannel.selection, filter });
  eventChannel.show();
};

export const showDiagnostics: Command = (services) => () => services.diagnostics.show();
