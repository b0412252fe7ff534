/** Opens the downlink panel for the end device of the row, or for whichever the user chooses there. */
import { applicationFrom, deviceFrom } from "../targets";
import type { Command } from "../services";

export const composeDownlink: Command = (services) => (argument) => {
  const device = deviceFrom(services, argument ?? services.tree.selection);
  const application = device?.application ?? applicationFrom(services, argument);
  services.downlinkPanels.show(
    device && application
      ? { applicationKey: application.key, deviceId: device.deviceId }
      : undefined,
  );
};
