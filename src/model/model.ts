/** All that is known now, in memory and bounded. `connections.ts` and the stored applications are its only writers. */
import { ordinal } from "../stack/describe";
import type { KeyRights } from "./keyRights";
import type { CheckStep } from "./checkSteps";
import type { ConnectionState } from "../mqtt/connectionState";
import type { ApplicationSettings } from "../stack/applicationSettings";
import { applicationKey, distinguishingPlaces } from "../stack/applicationSettings";
import type { Message, Undecodable } from "../stack/messages";
import { Emitter } from "../util/emitter";
import { Application } from "./application";
import { DownlinkTracker } from "./downlinks";
import type { DownlinkQueue } from "./downlinkTarget";
import { currentState, type TrackedDownlink } from "./downlinkVerdict";
import type { EndDevice } from "./endDevice";
import { EventStore, type ConnectionNote, type EventEntry, type Gap } from "./eventStore";

/** What changed. Without an application: the list of applications. */
export interface ModelChange {
  readonly application: Application | undefined;
  readonly endDevice: EndDevice | undefined;
  /** The end device appeared with this change, or the set of end devices changed otherwise. */
  readonly isNewDevice: boolean;
  readonly event: EventEntry | undefined;
}

export class Model {
  private readonly byKey = new Map<string, Application>();
  private readonly changeEmitter: Emitter<ModelChange>;
  readonly events: EventStore;
  readonly downlinks = new DownlinkTracker();

  constructor(options: {
    readonly maximumMessages: number;
    readonly maximumBytes: number;
    readonly onListenerError?: (error: unknown) => void;
  }) {
    this.events = new EventStore(options.maximumMessages, options.maximumBytes, (id, key) =>
      this.countEvicted(id, key),
    );
    this.changeEmitter = new Emitter(options.onListenerError);
    this.downlinks.onDidEmpty((queue) => this.queueEmptied(queue));
  }

  get onDidChange() {
    return this.changeEmitter.event;
  }

  /** In the order of the setting, the demo network last. */
  get applications(): readonly Application[] {
    return [...this.byKey.values()];
  }

  application(key: string): Application | undefined {
    return this.byKey.get(key);
  }

  /** Which applications exist. Known ones keep their end devices; removed ones are forgotten. */
  setApplications(settings: readonly ApplicationSettings[], demo?: ApplicationSettings): void {
    const previous = new Map(this.byKey);
    this.byKey.clear();
    for (const each of settings) this.keep(previous, each, false);
    if (demo) this.keep(previous, demo, true);
    this.tellApart();
    this.fire({ application: undefined });
  }

  setConnection(key: string, connection: ConnectionState): void {
    const application = this.byKey.get(key);
    if (!application) return;
    application.connection = connection;
    this.fire({ application });
  }

  /** The steps of a running or finished connection check; undefined dismisses it. */
  setCheck(key: string, check: readonly CheckStep[] | undefined): void {
    const application = this.byKey.get(key);
    if (!application) return;
    application.check = check;
    this.fire({ application });
  }

  /** What the server says of the API key in use; undefined forgets it, for it may be of another key. */
  setRights(key: string, rights: KeyRights | undefined, now: number): void {
    const application = this.byKey.get(key);
    if (!application) return;
    application.rights = rights && { ...rights, at: now };
    this.fire({ application });
  }

  /** Takes in one received message with its raw body. */
  apply(
    key: string,
    topic: string,
    received: Message | Undecodable,
    raw: Uint8Array,
    now: number,
  ): void {
    const application = this.byKey.get(key);
    if (!application) return;
    application.countMessage(now);
    const uid = application.settings.application;
    const isForeign = received.applicationUid !== undefined && received.applicationUid !== uid;
    const message = isForeign ? foreign(topic, raw) : received;
    if (isForeign && application.foreignCount++ === 0)
      this.note(key, { kind: "connection", text: foreignWarning(uid) }, now);
    if (message.kind === "undecodable") application.undecodableCount++;
    const followed = message.kind === "undecodable" ? [] : this.downlinks.apply(message, now, key);
    const place =
      message.deviceId === undefined ? undefined : application.endDevice(message.deviceId, now);
    const id = this.events.nextEventId;
    place?.device.apply(message, id, now);
    if (message.kind === "downlinkQueued" && place) {
      application.boundPending(place.device);
      if (followed.some(isSuperseded)) place.device.forgetPending(message.downlink);
    }
    const note = place && noteOf(message, place.device, followed, now);
    const event = this.events.append(
      { at: now, applicationKey: key, topic, content: message, note },
      raw,
    );
    const { device: endDevice, isNew: isNewDevice = false } = place ?? {};
    this.changeEmitter.fire({ application, endDevice, isNewDevice, event });
  }

  /** A line of the connection's own among the messages. */
  note(key: string, content: ConnectionNote | Gap, now: number): void {
    const application = this.byKey.get(key);
    if (!application) return;
    const entry = { at: now, applicationKey: key, topic: "", content, note: undefined };
    this.fire({ application, event: this.events.append(entry, noBytes) });
  }

  /** A replace or clear of ours came into effect; the server tells nothing about what it threw away. */
  private queueEmptied({ applicationKey, deviceId }: DownlinkQueue): void {
    const application = this.byKey.get(applicationKey);
    const endDevice = application?.endDevices.get(deviceId);
    if (!application || !endDevice) return;
    endDevice.queueEmptied();
    this.fire({ application, endDevice });
  }

  /** Two servers can have an application of the same id, and people can give one name twice. */
  private tellApart(): void {
    const { applications } = this;
    const placesBy = (nameOf: (application: Application) => string) =>
      distinguishingPlaces(applications.map((each) => ({ ...each.settings, name: nameOf(each) })));
    const labels = placesBy(({ plainLabel }) => plainLabel);
    const uids = placesBy(({ settings }) => settings.application);
    for (const [index, application] of applications.entries()) {
      application.places = { label: labels[index] ?? "", uid: uids[index] ?? "" };
    }
  }

  private keep(
    previous: ReadonlyMap<string, Application>,
    settings: ApplicationSettings,
    isDemo: boolean,
  ): void {
    const key = applicationKey(settings);
    const application =
      previous.get(key) ??
      new Application(settings, { isDemo, firstEventId: this.events.nextEventId });
    application.settings = settings;
    this.byKey.set(key, application);
  }

  private countEvicted(id: number, key: string): void {
    const application = this.byKey.get(key);
    if (application && id >= application.firstEventId) application.evictedCount++;
  }

  private fire(change: Partial<ModelChange> & { application: Application | undefined }): void {
    this.changeEmitter.fire({
      endDevice: undefined,
      isNewDevice: false,
      event: undefined,
      ...change,
    });
  }
}

/** Its end device is none of this application, whatever its id is: nothing is known of it here (T05). */
function foreign(topic: string, raw: Uint8Array): Undecodable {
  return {
    kind: "undecodable",
    topic,
    reason: "the topic names another application",
    size: raw.length,
    applicationUid: undefined,
    deviceId: undefined,
  };
}

function foreignWarning(uid: string): string {
  return `the server sends messages of other applications than ${uid}: they are marked BAD and make no end devices`;
}

/** Its `queued` may come when a clear of ours has already thrown it away. */
function isSuperseded(tracked: TrackedDownlink): boolean {
  return currentState(tracked) === "superseded";
}

const noBytes = new Uint8Array(0);

function noteOf(
  message: Message | Undecodable,
  device: EndDevice,
  followed: readonly TrackedDownlink[],
  now: number,
): string | undefined {
  const orderNote = orderNoteOf(message, device, now) ?? portNoteOf(message, followed);
  const receivedAt = message.kind === "undecodable" ? undefined : message.receivedAt;
  const skew = (receivedAt ?? now) - now;
  if (Math.abs(skew) <= noteworthySkew) return orderNote;
  const skewNote = `server's clock ${wordsOf(skew)} ${skew < 0 ? "behind" : "ahead"}`;
  return orderNote === undefined ? skewNote : `${orderNote}, ${skewNote}`;
}

/** What is odd about when it comes: a repeated join, an uplink out of the order of its frame counter. */
function orderNoteOf(
  { kind }: Message | Undecodable,
  device: EndDevice,
  now: number,
): string | undefined {
  if (kind === "uplink") return orderWords[device.lastUplink?.order ?? "usual"];
  const joins = kind === "join" ? device.recentJoins(now) : 0;
  return joins > 1 ? `${ordinal(joins)} join in 10 min` : undefined;
}

/** An encoder that returns another FPort changes it without a word (real-traffic 32). */
function portNoteOf(
  message: Message | Undecodable,
  followed: readonly TrackedDownlink[],
): string | undefined {
  if (message.kind !== "downlinkQueued") return undefined;
  const { fPort } = message.downlink;
  const changed = followed.find(({ downlink }) => fPort > 0 && downlink.fPort !== fPort);
  return changed && `FPort changed from ${changed.downlink.fPort}`;
}

const orderWords = {
  usual: undefined,
  late: "late: a higher FCnt came before",
  reset: "FCnt reset",
  repeated: "repeated: the same FCnt came before",
};

/** Clocks are rarely further apart unless one is wrong or the message is old. Milliseconds. */
const noteworthySkew = 10 * 60_000;

function wordsOf(milliseconds: number): string {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
}
