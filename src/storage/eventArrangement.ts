/** How a person arranged the events, kept over a reload: filter, focus, mutes, and the filters used lately. */
import type { Memento } from "vscode";

const key = "eventArrangement";
const maximumRecent = 8;
const maximumText = 500;
const maximumDevices = 200;

/** Which end device, by the application's key. */
export interface ArrangedDevice {
  readonly applicationKey: string;
  readonly deviceId: string;
}

export interface Arranged {
  readonly eventFilter: string;
  readonly focus: ArrangedDevice | undefined;
  readonly muted: readonly ArrangedDevice[];
  /** Event filters used lately, the latest first. */
  readonly recentFilters: readonly string[];
}

/** Names of end devices and filters only: nothing of the traffic, and no key. */
export class EventArrangement {
  constructor(private readonly state: Pick<Memento, "get" | "update">) {}

  /** What was kept; whatever is of another shape, such as an older version's, counts as not kept. */
  read(): Arranged {
    const kept = asFields(this.state.get(key));
    return {
      eventFilter: asText(kept.eventFilter) ?? "",
      focus: asDevice(kept.focus),
      muted: asList(kept.muted, asDevice).slice(0, maximumDevices),
      recentFilters: asList(kept.recentFilters, asText).slice(0, maximumRecent),
    };
  }

  write(changes: Partial<Arranged>): void {
    void this.state.update(key, { ...this.read(), ...changes });
  }

  /** Remembers a filter as the latest. */
  used(filter: string): void {
    const others = this.read().recentFilters.filter((each) => each !== filter);
    this.write({ recentFilters: [filter, ...others].slice(0, maximumRecent) });
  }
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= maximumText ? value : undefined;
}

function asDevice(value: unknown): ArrangedDevice | undefined {
  const { applicationKey, deviceId } = asFields(value);
  const [application, device] = [asText(applicationKey), asText(deviceId)];
  if (application === undefined || device === undefined) return undefined;
  return { applicationKey: application, deviceId: device };
}

function asList<T>(value: unknown, read: (each: unknown) => T | undefined): T[] {
  if (!Array.isArray(value)) return [];
  return value.map(read).filter((each): each is Awaited<T> & T => each !== undefined);
}
