/** What the traffic told about an end device that matters for a downlink to it. */
import type { EndDevice } from "../../model/endDevice";
import type { Model } from "../../model/model";
import { maximumGateways } from "../../stack/downlinkOptions";
import { payloadLimit } from "../../stack/payloadLimit";
import { addressableGateways } from "../../stack/rxGateways";
import type { DeviceFacts } from "./downlinkPanelServices";

/** Undefined for an end device that was never seen. */
export function downlinkFacts(
  model: Model,
  applicationKey: string,
  deviceId: string,
): DeviceFacts | undefined {
  const device = model.application(applicationKey)?.endDevices.get(deviceId);
  if (!device) return undefined;
  const uplinks = device.recentEvents.flatMap((id) => {
    const content = model.events.get(id)?.content;
    return content?.kind === "uplink" ? [{ id, content }] : [];
  });
  const last = uplinks[0]?.content;
  const others = device.pendingDownlinks.filter(
    ({ details }) => !details.correlationIds.some((id) => model.downlinks.get(id)),
  );
  return {
    gateways: gatewaysThatHeard(model, device, uplinks.slice(0, uplinksAskedForGateways)),
    payloadLimit: payloadLimit(last?.dataRate, last?.frequency),
    othersPending: others.length,
  };
}

/** Read from the raw bodies, so once per uplink. */
function gatewaysThatHeard(
  { events }: Model,
  device: EndDevice,
  uplinks: readonly { readonly id: number }[],
): readonly string[] {
  const newest = uplinks[0]?.id;
  const known = heardBy.get(device);
  if (known && known.newest === newest) return known.gateways;
  const ids = uplinks.flatMap(({ id }) => {
    const body = events.rawOf(id);
    return body ? addressableGateways(body) : [];
  });
  const gateways = [...new Set(ids)].slice(0, maximumGateways);
  heardBy.set(device, { newest, gateways });
  return gateways;
}

const uplinksAskedForGateways = 3;
const heardBy = new WeakMap<
  EndDevice,
  { readonly newest: number | undefined; readonly gateways: readonly string[] }
>();
