/** Sends the same downlink to several end devices: with consent, in their turns, cancellable, and with a count at the end. */
import type { PacerWait } from "../../model/downlinkTurn";
import type { DownlinkItemInput } from "../../stack/downlink";
import { waitText } from "../../views/downlink/waitText";
import { notify, showProgress } from "../../views/notices";
import { consentToMany } from "../consents";
import { askDownlink } from "./downlinkSteps";
import { askChoices } from "../quickInput";
import { sendToEach, tallyText, type Tally } from "./sendToEach";
import { askApplication, deviceChoices, devicesFrom, type DeviceTarget } from "../targets";
import type { Command, CommandServices } from "../services";
import { counted } from "../../util/counted";

const title = "Send a Downlink to Several End Devices";

export const sendToMany: Command = (services) => async (argument, selected) => {
  const given = devicesFrom(services, argument, selected);
  const targets = given.length > 1 ? given : await askTargets(services, argument);
  if (targets.length === 0) return;
  const recipients = counted(targets.length, "end device");
  const item = await askDownlink({ recipients }, `${title}: ${recipients}`);
  if (!item || !(await consentToMany(targets, item))) return;
  const tally = await sendWithProgress(services, targets, item);
  const isComplete = tally.sent === targets.length;
  await notify(isComplete ? "information" : "warning", tallyText(tally));
};

async function askTargets(
  services: CommandServices,
  argument: unknown,
): Promise<readonly DeviceTarget[]> {
  const application = await askApplication(services, argument, {
    title,
    accepts: ({ connection }) => connection.phase === "connected",
  });
  if (typeof application === "string") return [];
  const devices = await askChoices({
    title: `${title}: ${application.value.label}`,
    canGoBack: false,
    placeholder: "Choose end devices",
    choices: deviceChoices(application.value),
  });
  if (typeof devices === "string") return [];
  return devices.value.map((deviceId) => ({ application: application.value, deviceId }));
}

async function sendWithProgress(
  { connections }: CommandServices,
  targets: readonly DeviceTarget[],
  item: DownlinkItemInput,
): Promise<Tally> {
  return showProgress(title, ({ report, signal }) => {
    let done = 0;
    const tell = (wait?: PacerWait) => {
      const text = wait ? ` ${waitText(wait, Date.now())}` : "";
      report(`${done} of ${targets.length} done.${text}`);
    };
    const send = ({ application, deviceId }: DeviceTarget) => {
      const applicationUid = application.settings.application;
      const input = { applicationUid, deviceId, downlinks: [item] };
      return connections.send(application.key, input, undefined, { onWait: tell, signal });
    };
    return sendToEach(targets, send, signal, (count) => {
      done = count;
      tell();
      report(undefined, count === 0 ? 0 : 100 / targets.length);
    });
  });
}
