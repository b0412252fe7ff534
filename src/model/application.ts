/** What is known now of one application: its connection and its end devices. Written by the model alone. */
import type { CheckStep } from "./checkSteps";
import type { KeyRights } from "./keyRights";
import type { ConnectionState } from "../mqtt/connectionState";
import type { ApplicationSettings } from "../stack/applicationSettings";
import { applicationKey } from "../stack/applicationSettings";
import { EndDevice } from "./endDevice";

export const maximumEndDevices = 10_000;
/** The rate in the status bar covers this time. Milliseconds. */
const rateWindow = 60_000;

export class Application {
  connection: ConnectionState = { phase: "stopped" };
  /** The steps of the last connection check, until it is dismissed. */
  check: readonly CheckStep[] | undefined;
  /** What the server said of the API key in use, and when: milliseconds since 1970. Undefined until it was asked. */
  rights: (KeyRights & { readonly at: number }) | undefined;
  /** The one quiet for longest first, to a second, so that it is found at once when room is needed. */
  readonly endDevices = new Map<string, EndDevice>();
  receivedCount = 0;
  undecodableCount = 0;
  /** Of those, the ones whose topic names another application. */
  foreignCount = 0;
  /** Messages that were thrown away unread in a flood; `receivedCount` does not count them. */
  shedCount = 0;
  /** Messages that were received and are no longer kept: newer ones took their place. */
  evictedCount = 0;
  /** End devices that were pushed out because there are more than fit. */
  forgottenDevices = 0;
  lastMessageAt: number | undefined;
  /** The simulated application of the demo network, which is in no setting. */
  readonly isDemo: boolean;
  /** The first event that can be its own; earlier ones are of an application of the same key that was removed. */
  readonly firstEventId: number;
  /** What tells it from others of the same label and of the same id; empty where nothing is needed. */
  places = { label: "", uid: "" };
  private readonly minutes = new Map<number, number>();
  /** End devices for which downlinks were queued, the one of longest ago first. */
  private readonly queues = new Set<EndDevice>();
  private queuedUnchecked = 0;

  constructor(
    public settings: ApplicationSettings,
    options: { readonly isDemo?: boolean; readonly firstEventId?: number } = {},
  ) {
    this.isDemo = options.isDemo ?? false;
    this.firstEventId = options.firstEventId ?? 1;
  }

  get key(): string {
    return applicationKey(this.settings);
  }

  /** What people call it, with its server where another one has the same name. */
  get label(): string {
    return this.places.label === "" ? this.plainLabel : `${this.plainLabel} (${this.places.label})`;
  }

  /** Without its server. */
  get plainLabel(): string {
    return this.settings.label ?? this.settings.application;
  }

  /** Its id in one word, with its server where another one has the same id. */
  get uid(): string {
    const { application } = this.settings;
    return this.places.uid === "" ? application : `${application}(${this.places.uid})`;
  }

  /** Rights are resolved at login, so only what was learned since then counts (reliability G4, real-traffic 30). */
  get keyRights(): KeyRights | undefined {
    const { connection, rights } = this;
    return connection.phase === "connected" && rights && rights.at >= connection.since
      ? rights
      : undefined;
  }

  /** Messages of the last minute, counted in steps of ten seconds. */
  messagesPerMinute(now: number): number {
    let sum = 0;
    for (const [slot, count] of this.minutes) {
      if (now - slot * slotLength < rateWindow + slotLength) sum += count;
    }
    return sum;
  }

  countMessage(now: number): void {
    this.receivedCount++;
    this.lastMessageAt = now;
    const slot = Math.floor(now / slotLength);
    const count = this.minutes.get(slot);
    this.minutes.set(slot, (count ?? 0) + 1);
    if (count !== undefined) return;
    for (const old of this.minutes.keys()) {
      if (slot - old > rateWindow / slotLength || old > slot) this.minutes.delete(old);
    }
  }

  /** The end device of a message, made if it was never seen; the one quiet for longest makes room beyond the cap. */
  endDevice(
    deviceId: string,
    now: number,
  ): { readonly device: EndDevice; readonly isNew: boolean } {
    const known = this.endDevices.get(deviceId);
    if (!known && this.endDevices.size >= maximumEndDevices) this.forgetQuietest();
    const device = known ?? new EndDevice(deviceId, now);
    if (!known || Math.abs(now - device.placedAt) >= placeInterval) {
      this.endDevices.delete(deviceId);
      this.endDevices.set(deviceId, device);
      device.placedAt = now;
    }
    return { device, isNew: known === undefined };
  }

  /** A downlink was queued for it. Beyond the cap, what waits elsewhere is forgotten, the queue of longest ago first. */
  boundPending(device: EndDevice): void {
    this.queues.delete(device);
    this.queues.add(device);
    // Adding up takes time with thousands of end devices, so it is not done for each.
    if (++this.queuedUnchecked < queuedBetweenChecks) return;
    this.queuedUnchecked = 0;
    let count = 0;
    for (const each of this.queues) {
      count += each.pendingCount;
      if (each.pendingCount === 0) this.queues.delete(each);
    }
    for (const each of this.queues) {
      if (count <= maximumPending) return;
      count -= each.pendingCount;
      each.forgetAllPending();
      this.queues.delete(each);
    }
  }

  private forgetQuietest(): void {
    const quietest = this.endDevices.keys().next();
    if (quietest.done === true) return;
    const device = this.endDevices.get(quietest.value);
    this.endDevices.delete(quietest.value);
    if (device) this.queues.delete(device);
    this.forgottenDevices++;
  }
}

const slotLength = 10_000;
/** Downlinks that wait, of all end devices of an application. Each is kept in about a kilobyte at most. */
const maximumPending = 10_000;
const queuedBetweenChecks = 500;
/** The order of end devices is as fine as this: moving one with every message costs more than it tells. Milliseconds. */
const placeInterval = 1_000;
