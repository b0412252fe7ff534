/** What is known around a downlink that helps to explain its silence or its wait. */
import type { DataRate } from "../stack/messages";
import { nearestId } from "../stack/nearestId";
import { payloadLimit, type PayloadLimit } from "../stack/payloadLimit";
import type { Application } from "./application";
import type { Model } from "./model";

export interface DownlinkEvidence {
  readonly isConnected: boolean;
  /** The end device was seen in the application's traffic. */
  readonly isKnownDevice: boolean;
  /** An end device seen in the traffic whose id is like the one asked for. Looks through all of them. */
  readonly nearestDevice: () => string | undefined;
  /** Whether the API key may send; undefined when nothing has told yet. */
  readonly mayWrite: boolean | undefined;
  /** When the end device last spoke, milliseconds since 1970. */
  readonly lastHeardAt: number | undefined;
  /** Milliseconds; undefined until enough was heard. */
  readonly usualInterval: number | undefined;
  readonly speaksRegularly: boolean;
  readonly dataRate: DataRate | undefined;
  /** What fits at that data rate; undefined if it cannot be told. */
  readonly limit: Pick<PayloadLimit, "bytes" | "dataRate"> | undefined;
  /** The application encrypts for it, not the server, which then sends nothing again (real-traffic 26). */
  readonly encryptsItself?: boolean;
  /** It has joined, and not spoken since: nothing is sent before that, for class C, too (real-traffic 12). */
  readonly isFreshlyJoined?: boolean;
}

export function downlinkEvidence(
  model: Model,
  applicationKey: string,
  deviceId: string,
): DownlinkEvidence {
  const application = model.application(applicationKey);
  const device = application?.endDevices.get(deviceId);
  const uplink = device?.lastUplink;
  const ids = application?.endDevices.keys() ?? [];
  let nearest: { readonly id: string | undefined } | undefined;
  return {
    isConnected: application?.connection.phase === "connected",
    isKnownDevice: device !== undefined,
    nearestDevice: () => (nearest ??= { id: nearestId(deviceId, ids) }).id,
    mayWrite: application && mayWrite(model, application),
    lastHeardAt: device?.lastHeardAt,
    usualInterval: device?.usualInterval,
    speaksRegularly: device?.speaksRegularly ?? false,
    dataRate: uplink?.dataRate,
    limit: payloadLimit(uplink?.dataRate, uplink?.frequency),
    encryptsItself: device?.encryptsItself ?? false,
    isFreshlyJoined: device?.isFreshlyJoined ?? false,
  };
}

/** A word of the server about a downlink since the login proves the right, whatever was said of the key. */
function mayWrite(model: Model, application: Application): boolean | undefined {
  const { key, connection, keyRights } = application;
  const since = connection.phase === "connected" ? connection.since : Infinity;
  const wasHeard = model.downlinks
    .of(key)
    .some(({ steps }) =>
      steps.some(({ state, at }) => at >= since && (state === "queued" || state === "failed")),
    );
  return wasHeard ? true : keyRights?.mayWrite;
}
