/** Clears or replaces an end device's downlink queue, with consent. */
import type { DownlinkInput } from "../../stack/downlink";
import { sayBriefly } from "../../views/notices";
import { consentToDownlink } from "../consents";
import { askDownlink } from "./downlinkSteps";
import { sendVisibly } from "./sendVisibly";
import { askApplication, askDevice, deviceFrom, type DeviceTarget } from "../targets";
import type { Command, CommandServices } from "../services";

export const clearQueue: Command = (services) => async (argument) => {
  const target = await askTarget(services, argument, "Clear a Downlink Queue");
  if (!target) return;
  const input: DownlinkInput = {
    applicationUid: target.application.settings.application,
    deviceId: target.deviceId,
    operation: "replace",
    downlinks: [],
  };
  if (!(await consentToDownlink(target.application, input))) return;
  if (await sendVisibly(services, target.application.key, input)) {
    sayBriefly("Clear reached the server; The Things Stack never confirms a clear", 8);
  }
};

export const replaceQueue: Command = (services) => async (argument) => {
  const target = await askTarget(services, argument, "Replace a Downlink Queue");
  if (!target) return;
  const item = await askDownlink(target, "Replace a Downlink Queue");
  if (!item) return;
  const input: DownlinkInput = {
    applicationUid: target.application.settings.application,
    deviceId: target.deviceId,
    operation: "replace",
    downlinks: [item],
  };
  if (!(await consentToDownlink(target.application, input))) return;
  await sendVisibly(services, target.application.key, input);
};

async function askTarget(
  services: CommandServices,
  argument: unknown,
  title: string,
): Promise<DeviceTarget | undefined> {
  const given = deviceFrom(services, argument);
  if (given) return given;
  const application = await askApplication(services, argument, {
    title,
    accepts: ({ connection }) => connection.phase === "connected",
  });
  if (typeof application === "string") return undefined;
  const device = await askDevice(application.value, { title, canGoBack: false });
  return typeof device === "string"
    ? undefined
    : { application: application.value, deviceId: device.value };
}
