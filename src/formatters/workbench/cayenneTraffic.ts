/** Tells from traffic that the server decodes an end device's uplinks with its built-in CayenneLPP. */
import type { Model } from "../../model/model";
import { isCayenneUplink } from "../server/cayenneFields";

/** By the latest uplink, which must have come out as CayenneLPP does. */
export function speaksCayenne(model: Model, applicationUid: string, deviceId: string): boolean {
  return model.applications.some((application) => {
    if (application.settings.application !== applicationUid) return false;
    const latest = application.endDevices.get(deviceId)?.lastUplink;
    const content = latest && model.events.get(latest.eventId)?.content;
    return (
      content?.kind === "uplink" && isCayenneUplink(content.framePayload, content.decodedPayload)
    );
  });
}
