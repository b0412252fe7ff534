/** Copies what identifies an end device: of a row, of the selected row, or of one that is asked for. */
import * as vscode from "vscode";
import type { EndDevice } from "../../model/endDevice";
import { notify, sayBriefly } from "../../views/notices";
import { runFlow } from "../quickInput";
import { deviceFrom, type DeviceTarget } from "../targets";
import { targetSteps } from "../targetSteps";
import type { Command, CommandServices } from "../services";

type Value = (deviceId: string, device: EndDevice | undefined) => string | undefined;

function copying(name: string, valueOf: Value): Command {
  return (services) => async (argument) => {
    const target =
      deviceFrom(services, argument ?? services.tree.selection) ??
      (await askTarget(services, `Copy ${name}`));
    if (!target) return;
    const { application, deviceId } = target;
    const value = valueOf(deviceId, application.endDevices.get(deviceId));
    if (value === undefined) {
      void notify("information", `No message of ${deviceId} has told its ${name} yet.`);
      return;
    }
    await vscode.env.clipboard.writeText(value);
    sayBriefly(`Copied ${name} ${value}`);
  };
}

async function askTarget(
  services: CommandServices,
  title: string,
): Promise<DeviceTarget | undefined> {
  const draft = await runFlow<Partial<DeviceTarget>>(
    {},
    targetSteps<Partial<DeviceTarget>>(services, title, () => true),
  );
  const { application, deviceId } = draft ?? {};
  return application && deviceId !== undefined ? { application, deviceId } : undefined;
}

export const copyDeviceId = copying("End Device ID", (deviceId) => deviceId);
export const copyDevEui = copying("DevEUI", (_, device) => device?.devEui);
export const copyJoinEui = copying("JoinEUI", (_, device) => device?.joinEui);
export const copyDevAddr = copying("DevAddr", (_, device) => device?.devAddr);
