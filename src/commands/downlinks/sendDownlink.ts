/** Sends a downlink by quick input: application, end device, FPort, payload, send. */
import { consentToDownlink } from "../consents";
import { itemOf, payloadSteps, type DownlinkDraft } from "./downlinkSteps";
import { runFlow } from "../quickInput";
import { sendVisibly } from "./sendVisibly";
import { deviceFrom } from "../targets";
import { targetSteps } from "../targetSteps";
import type { Command } from "../services";

const title = "Send a Downlink";

export const sendDownlink: Command = (services) => async (argument) => {
  const given = deviceFrom(services, argument);
  const draft = await runFlow<DownlinkDraft>(given ?? {}, [
    ...targetSteps<DownlinkDraft>(services, title),
    ...payloadSteps(title),
  ]);
  const item = draft && itemOf(draft);
  if (!item || !draft.application || draft.deviceId === undefined) return;
  const input = {
    applicationUid: draft.application.settings.application,
    deviceId: draft.deviceId,
    downlinks: [item],
  };
  if (!(await consentToDownlink(draft.application, input))) return;
  await sendVisibly(services, draft.application.key, input);
};
