/** Which events the channel shows: one end device, what a filter lets through, all but the muted ones. */
import type { EventEntry } from "../../model/eventStore";
import type { EventFilter } from "../../stack/eventFilter";
import type { Disposable } from "../../util/emitter";

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

/** The event channel as other views see it. */
export interface ShownEvents {
  readonly selection: EventSelection;
  readonly onDidChangeSelection: (listener: (selection: EventSelection) => void) => Disposable;
}

export const allEvents: ShownEvents = {
  selection: everyEvent,
  onDidChangeSelection: () => ({ dispose: () => undefined }),
};

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

/** With the end device left out, or with it again. */
export function withMuted(
  selection: EventSelection,
  device: DeviceRef,
  isMuted: boolean,
): EventSelection {
  const others = selection.muted.filter((each) => !isSameDevice(each, device));
  return { ...selection, muted: isMuted ? [...others, device].slice(-maximumMuted) : others };
}

/** How the channel treats the events of one end device; undefined as those of any other. */
export function eventMark(
  { focus, muted }: EventSelection,
  device: DeviceRef,
): "events muted" | "only its events shown" | undefined {
  if (focus && isSameDevice(focus, device)) return "only its events shown";
  return muted.some((each) => isSameDevice(each, device)) ? "events muted" : undefined;
}

/** More are a case for a filter. */
export const maximumMuted = 200;

function isSameDevice(a: DeviceRef, b: DeviceRef): boolean {
  return a.applicationKey === b.applicationKey && a.deviceId === b.deviceId;
}

/** What is left out, in words; undefined when nothing is. */
export function selectionText({ focus, filter, muted }: EventSelection): string | undefined {
  const parts: string[] = [];
  if (focus) parts.push(`only ${focus.deviceId}`);
  if (filter) parts.push(`filter ${filter.text}`);
  if (muted.length > 0) parts.push(`without ${muted.map(({ deviceId }) => deviceId).join(", ")}`);
  return parts.length === 0 ? undefined : parts.join(", ");
}
