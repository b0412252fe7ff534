/** Parts of the downlink panel's state and words that need no memory. */
import { newCorrelationId, shortCorrelationId } from "../../stack/correlation";
import type { Operation, PanelState, Target } from "../../protocol/downlinkPage";
import type { DraftTarget } from "./downlinkDraft";
import type { DeviceFacts, DownlinkTarget } from "./downlinkPanelServices";

const maximumDevices = 1000;

/** The applications, and the end devices of the chosen one as far as they may be posted. */
export function describeTargets(
  targets: readonly DownlinkTarget[],
  target: Target | undefined,
): Pick<PanelState, "applications" | "target" | "devices" | "moreDevices"> {
  const devices = findTarget(targets, target)?.devices ?? [];
  return {
    applications: targets.map((each) => ({
      key: each.applicationKey,
      label: each.label,
      server: each.server,
      connected: each.connected,
      isDemo: each.isDemo,
      production: each.production,
      mayNotSend: each.mayNotSend,
    })),
    target,
    devices: devices.slice(0, maximumDevices).map(({ deviceId, detail }) => ({ deviceId, detail })),
    moreDevices: Math.max(0, devices.length - maximumDevices),
  };
}

export function findTarget(
  targets: readonly DownlinkTarget[],
  target: Target | undefined,
): DownlinkTarget | undefined {
  return targets.find((each) => each.applicationKey === target?.applicationKey);
}

export function isSameTarget(one: Target | undefined, other: Target): boolean {
  return one?.applicationKey === other.applicationKey && one.deviceId === other.deviceId;
}

/** `one field needs`, `3 fields need`. */
export function fieldsText(count: number): string {
  return count === 1 ? "one field needs" : `${count} fields need`;
}

/** The type that a foreign message claims to have, short enough for a log. */
export function typeName(data: unknown): string {
  if (typeof data !== "object" || data === null) return typeof data;
  const type: unknown = Object.getOwnPropertyDescriptor(data, "type")?.value;
  return typeof type === "string" ? type.slice(0, 40).toWellFormed() : typeof type;
}

/** What to say when the server took the packet, which proves nothing more. */
export function sentText(operation: Operation, ids: readonly string[]): string {
  if (operation === "clear") {
    return "The request to clear the queue reached the server, which does not answer to it.";
  }
  const short = ids.map(shortCorrelationId).join(", ");
  return `Reached the server (id ${short}). Its answer will appear under "Sent".`;
}

/** Where a draft goes that is meant for an end device of an application, known or not. */
export function draftTarget(
  application: DownlinkTarget | undefined,
  deviceId: string,
  facts: DeviceFacts | undefined,
): DraftTarget {
  return {
    applicationUid: application?.applicationUid,
    deviceId,
    isKnownDevice: facts !== undefined,
    payloadLimit: facts?.payloadLimit,
  };
}

/** Hands out the ids in order and adds new ones at the end. */
export function idsInOrder(ids: string[]): () => string {
  let next = 0;
  return () => (ids[next++] ??= newCorrelationId());
}
