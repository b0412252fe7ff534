/** Where a new binding goes among the others, and whose frames it takes: the first that fits is used, so narrow ones come first. */
import { globMatches } from "../../util/glob";
import { matchUplink, type Binding } from "./bindings";

/** Stands for the text of a star, as no id has it. */
const anything = "\u0001";

/** Whether everything that the other is for is for this one, too. */
export function covers(one: Binding, other: Binding): boolean {
  return (
    one.application === other.application &&
    globMatches(one.devices, other.devices.replaceAll("*", anything)) &&
    (one.fPorts === undefined ||
      (other.fPorts?.every((port) => one.fPorts?.includes(port)) ?? false))
  );
}

/**
 * The index at which a new binding hides none that is narrower, and is not hidden itself: before the first that covers
 * it, otherwise behind the last that it covers.
 * @param others undefined for entries that cannot be read
 */
export function placeFor(others: readonly (Binding | undefined)[], added: Binding): number {
  const wider = others.findIndex((each) => each !== undefined && covers(each, added));
  if (wider >= 0) return wider;
  const narrower = others.findLastIndex((each) => each !== undefined && covers(added, each));
  return narrower + 1;
}

/** End devices whose uplinks another file decodes than before, or that go on being decoded by another one. */
export interface Shift {
  /** The file that decodes them now, or did until now. */
  readonly file: string;
  readonly devices: readonly string[];
}

/**
 * What a new list does to the end devices that are known and that the added binding is for.
 * @param speakers end devices with the FPort of an uplink of theirs
 */
export function shiftsOf(
  before: readonly Binding[],
  after: readonly Binding[],
  added: Binding,
  speakers: readonly { readonly deviceId: string; readonly fPort: number }[],
): { readonly taken: readonly Shift[]; readonly kept: readonly Shift[] } {
  const taken = new Map<string, string[]>();
  const kept = new Map<string, string[]>();
  for (const { deviceId, fPort } of speakers) {
    if (!matchUplink([added], added.application, deviceId, fPort)) continue;
    const old = matchUplink(before, added.application, deviceId, fPort)?.file;
    const now = matchUplink(after, added.application, deviceId, fPort)?.file;
    if (now !== added.file) put(kept, now ?? "", deviceId);
    else if (old !== undefined && old !== now) put(taken, old, deviceId);
  }
  return { taken: listOf(taken), kept: listOf(kept) };
}

function put(shifts: Map<string, string[]>, file: string, deviceId: string): void {
  shifts.set(file, [...(shifts.get(file) ?? []), deviceId]);
}

function listOf(shifts: ReadonlyMap<string, string[]>): readonly Shift[] {
  return [...shifts].map(([file, devices]) => ({ file, devices }));
}
