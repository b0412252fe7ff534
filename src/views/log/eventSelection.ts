/** Which events the channel shows: one end device, what a filter lets through, all but the muted ones. */
import type { EventEntry } from "../../model/eventStore";
import type { EventFilter } from "../../stack/eventFilter";

export interface DeviceRef {
  readonly applicationKey: string;
  readonly deviceId: string;
}

export interface EventSelection {
  /** Only this end device; lines of its connection, which have no device, stay. */
  readonly focus: DeviceRef | undefined;
  readonly filter: EventFilter | undefined;
  readonly muted: readonly DeviceRef[];
}

export const everyEvent: EventSelection = { focus: undefined, filter: undefined, muted: [] };

export function isShown({ focus, filter, muted }: EventSelection, entry: EventEntry): boolean {
  const { applicationKey, content } = entry;
  if (focus && focus.applicationKey !== applicationKey) return false;
  if (content.kind === "connection" || content.kind === "gap") return true;
  const { deviceId } = content;
  if (focus && focus.deviceId !== deviceId) return false;
  const isMuted = muted.some(
    (each) => each.applicationKey === applicationKey && each.deviceId === deviceId,
  );
  return !isMuted && (filter?.matches(content) ?? true);
}

/** With the end device muted, or no longer muted if it was. */
export function toggleMuted(selection: EventSelection, device: DeviceRef): EventSelection {
  const others = selection.muted.filter(
    (each) => each.applicationKey !== device.applicationKey || each.deviceId !== device.deviceId,
  );
  const wasMuted = others.length < selection.muted.length;
  return { ...selection, muted: wasMuted ? others : [...others, device] };
}

/** What is left out, in words; undefined when nothing is. */
export function selectionText({ focus, filter, muted }: EventSelection): string | undefined {
  const parts: string[] = [];
  if (focus) parts.push(`only ${focus.deviceId}`);
  if (filter) parts.push(`filter ${filter.text}`);
  if (muted.length > 0) parts.push(`without ${muted.map(({ deviceId }) => deviceId).join(", ")}`);
  return parts.length === 0 ? undefined : parts.join(", ");
}
