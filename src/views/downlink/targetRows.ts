/** What the downlink panel shows of the end device it is pointed at: what was sent, what waits, which gateways heard it. */
import type { PanelState, Target } from "../../protocol/downlinkPage";
import { isId } from "../../stack/identifiers";
import type { DownlinkPanelServices } from "./downlinkPanelServices";
import { toQueue } from "./downlinkQueueRows";
import { toRows, untilAged } from "./downlinkRows";

export type TargetRows = Pick<PanelState, "gateways" | "queue" | "sent" | "moreSent">;

/** `agesIn`: how long it stays true, milliseconds; undefined as long as nothing is heard. */
export function targetRows(
  services: Pick<DownlinkPanelServices, "device" | "evidence" | "tracked">,
  target: Target | undefined,
  now: number,
): TargetRows & { readonly agesIn: number | undefined } {
  const { applicationKey, deviceId } = target ?? { applicationKey: "", deviceId: "" };
  const facts = services.device(applicationKey, deviceId);
  const tracked = isId(deviceId) ? services.tracked(applicationKey, deviceId) : [];
  const { rows, more } = toRows(tracked, now, services.evidence(applicationKey, deviceId));
  const queue = toQueue(tracked, facts?.othersPending ?? 0, now);
  const gateways = facts?.gateways ?? [];
  return { gateways, queue, sent: rows, moreSent: more, agesIn: untilAged(tracked) };
}
