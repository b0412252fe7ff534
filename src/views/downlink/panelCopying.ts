/** What the downlink panel copies: the publish as shown, or a downlink as a command or program. Keys are never in it. */
import type { Target, WebviewMessage } from "../../protocol/downlinkPage";
import type { CheckedDraft } from "./downlinkDraft";
import type { DownlinkPanelServices } from "./downlinkPanelServices";
import { fieldsText } from "./downlinkPanelState";

type Services = Pick<DownlinkPanelServices, "copy" | "copyAs" | "tracked">;
export type CopyMessage = Extract<WebviewMessage, { readonly type: "copy" | "copyAs" }>;

/** A draft, checked, and where it is to go. */
export interface Composed {
  readonly target: Target;
  readonly checked: CheckedDraft;
}

/** Says what is wrong with the draft if that is why nothing was copied. */
export function copyFromPanel(
  services: Services,
  message: CopyMessage,
  target: Target | undefined,
  composed: Composed | undefined,
): string | undefined {
  if (message.type === "copy") {
    const publish = composed?.checked.publish;
    if (publish) services.copy(publish[message.what]);
    return undefined;
  }
  if (message.correlationId === undefined) return composed && copyDraftAs(services, composed);
  if (target) copySentAs(services, target, message.correlationId);
  return undefined;
}

/** Commands and programs send a single downlink. */
function copyDraftAs(services: Services, { target, checked }: Composed): string | undefined {
  const { downlinks, preview } = checked;
  if (preview.downlinks.length !== 1) return undefined;
  const [downlink] = downlinks;
  if (!downlink) return `Nothing was copied: ${fieldsText(preview.problems.length)} a change.`;
  services.copyAs(target.applicationKey, target.deviceId, downlink);
  return undefined;
}

function copySentAs(services: Services, { applicationKey, deviceId }: Target, id: string): void {
  const tracked = services.tracked(applicationKey, deviceId);
  const found = tracked.find(({ correlationId }) => correlationId === id);
  if (found) services.copyAs(applicationKey, deviceId, found.downlink);
}
