/** Brings the channels to the front. */
import { deviceFrom } from "./targets";
import type { Command } from "./services";

export const showEvents: Command = (services) => () => services.eventChannel.show();

/** The event channel for one end device only, beginning with what is remembered of it. */
export const showDeviceEvents: Command = (services) => (argument) => {
  const target = deviceFrom(services, argument ?? services.tree.selection);
  if (target) {
    services.eventChannel.setFocus({
      applicationKey: target.application.key,
      deviceId: target.deviceId,
    });
  }
  services.eventChannel.show();
};

export const showAllEvents: Command = (services) => () => {
  services.eventChannel.setFocus(undefined);
  services.eventChannel.show();
};

export const showDiagnostics: Command = (services) => () => services.diagnostics.show();
