/** The downlink panel's surroundings for tests: a clock moved by hand, and services with the real downlink tracker. */
import { DownlinkTracker } from "../../src/model/downlinks";
import { blankDownlink } from "../../src/webview/drafts";
import { buildDownlink, type DownlinkInput } from "../../src/stack/downlink";
import type { DownlinkEvent, DownlinkFailed } from "../../src/stack/messages";
import { Emitter, type Disposable } from "../../src/util/emitter";
import type { Clock } from "../../src/util/clock";
import type { Draft, DraftDownlink } from "../../src/protocol";
import type {
  DownlinkPanelServices,
  DownlinkTarget,
  SendAnswer,
} from "../../src/views/downlink/downlinkPanelServices";

/** Stands still until a test moves it. */
export class HandClock implements Clock {
  private time = new Date(2026, 10, 23, 12, 4, 33, 10).getTime();
  private readonly waiting = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(milliseconds: number, callback: () => void): Disposable {
    const entry = { at: this.time + milliseconds, callback };
    this.waiting.add(entry);
    return { dispose: () => this.waiting.delete(entry) };
  }

  every(): Disposable {
    throw new Error("not used by the panel");
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  move(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.waiting].filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.waiting.delete(due);
      this.time = Math.max(this.time, due.at);
      due.callback();
    }
    this.time = end;
  }
}

export const soilLab: DownlinkTarget = {
  applicationKey: "key:soil-lab",
  applicationUid: "soil-lab@ttn",
  label: "soil-lab@ttn",
  server: "eu1.cloud.thethings.network:8883",
  connected: true,
  isDemo: false,
  production: false,
  devices: [
    { deviceId: "pump-controller-3", detail: "last heard 2 min ago" },
    { deviceId: "greenhouse-07", detail: "last heard 9 min ago" },
  ],
};

export const demo: DownlinkTarget = {
  ...soilLab,
  applicationKey: "key:demo",
  applicationUid: "demo-app",
  label: "Demo network",
  server: "127.0.0.1:18883",
  isDemo: true,
  devices: [{ deviceId: "demo-valve", detail: "" }],
};

/** Services as the extension has them, without a network: what is sent is kept and followed. */
export class FakeServices implements DownlinkPanelServices {
  list: readonly DownlinkTarget[] = [soilLab, demo];
  readonly tracker = new DownlinkTracker();
  readonly sends: {
    applicationKey: string;
    input: DownlinkInput;
    topic: string;
    payload: string;
  }[] = [];
  readonly copied: string[] = [];
  readonly opened: string[] = [];
  readonly logged: string[] = [];
  /** Replaces the server's answer; the send waits for it. */
  answer: () => Promise<SendAnswer> = () => Promise.resolve({ sent: true });
  private readonly targetsEmitter = new Emitter<undefined>();
  readonly onDidChangeTargets = this.targetsEmitter.event;
  readonly onDidChangeTracked = this.tracker.onDidChange;

  constructor(private readonly clock: Pick<Clock, "now">) {}

  targets(): readonly DownlinkTarget[] {
    return this.list;
  }

  setTargets(...list: readonly DownlinkTarget[]): void {
    this.list = list;
    this.targetsEmitter.fire(undefined);
  }

  tracked(applicationKey: string, deviceId?: string) {
    return this.tracker.of(applicationKey, deviceId);
  }

  async send(applicationKey: string, input: DownlinkInput, createId: () => string) {
    const built = buildDownlink(input, createId);
    if ("errors" in built) return built;
    const { topic, payload } = built;
    this.sends.push({ applicationKey, input, topic, payload });
    const operation = input.operation ?? "push";
    const target = { applicationKey, deviceId: input.deviceId, operation };
    this.tracker.begin(target, built.downlinks, this.clock.now());
    const answer = await this.answer();
    if ("sent" in answer) {
      for (const each of built.downlinks) {
        this.tracker.published(each.correlationId, this.clock.now());
      }
    }
    return answer;
  }

  copy(text: string): void {
    this.copied.push(text);
  }

  openEvents(applicationKey: string, deviceId: string): void {
    this.opened.push(`${applicationKey} ${deviceId}`);
  }

  log(text: string): void {
    this.logged.push(text);
  }

  /** The server says something about the downlink that was sent last. */
  serverSays(kind: DownlinkEvent["kind"] | "downlinkFailed", text = ""): void {
    const last = this.sends.at(-1);
    const tracked = last && this.tracker.of(last.applicationKey)[0];
    if (!tracked) throw new Error("nothing was sent");
    this.tracker.apply(
      upstream(tracked.deviceId, tracked.correlationId, kind, text),
      this.clock.now(),
    );
  }
}

function upstream(
  deviceId: string,
  correlationId: string,
  kind: DownlinkEvent["kind"] | "downlinkFailed",
  text: string,
): DownlinkEvent | DownlinkFailed {
  const base = {
    applicationUid: "soil-lab@ttn",
    deviceId,
    devEui: undefined,
    joinEui: undefined,
    devAddr: undefined,
    correlationIds: [correlationId],
    receivedAt: undefined,
    simulated: false,
    mismatch: undefined,
    problems: [],
  };
  const downlink = {
    fPort: 15,
    fCnt: undefined,
    framePayload: new Uint8Array(),
    decodedPayload: undefined,
    confirmed: true,
    priority: "NORMAL",
    sessionKeyId: undefined,
    correlationIds: [correlationId],
    attempt: 2,
    maximumAttempts: 8,
  };
  if (kind !== "downlinkFailed") return { ...base, kind, downlink };
  const error = { namespace: undefined, name: undefined, text, attributes: {} };
  return { ...base, kind, downlink, error };
}

export function draftOf(...downlinks: readonly Partial<DraftDownlink>[]): Draft {
  return { downlinks: downlinks.map((each) => ({ ...blankDownlink, ...each })) };
}

/** A good downlink typed as hex. */
export function hexDownlink(hex = "01 01 00 0F", fPort = "15"): DraftDownlink {
  return { ...blankDownlink, fPort, texts: { ...blankDownlink.texts, hex } };
}
