/** The downlink panel's surroundings for tests: a clock moved by hand, and services with the real downlink tracker. */
import type { DownlinkEvidence } from "../../src/model/downlinkEvidence";
import { DownlinkTracker } from "../../src/model/downlinks";
import type { TrackedDownlink } from "../../src/model/downlinkVerdict";
import type { PayloadLimit } from "../../src/stack/payloadLimit";
import { blankDownlink } from "../../src/webview/downlink/drafts";
import { buildDownlink, type DownlinkInput, type PreparedDownlink } from "../../src/stack/downlink";
import type {
  DownlinkDetails,
  DownlinkEvent,
  DownlinkFailed,
  ServerError,
} from "../../src/stack/messages";
import type { LocalEncoder } from "../../src/views/downlink/localEncodings";
import { Emitter } from "../../src/util/emitter";
import type { Clock } from "../../src/util/clock";
import type { Draft, DraftDownlink, Target } from "../../src/protocol/downlinkPage";
import type { Waiting } from "../../src/model/downlinkTurn";
import type {
  DeviceFacts,
  DownlinkPanelServices,
  DownlinkTarget,
  SendAnswer,
} from "../../src/views/downlink/downlinkPanelServices";
import { ManualClock } from "./manualClock";

/** Shows 12:04:33.010 to begin with. */
export class HandClock extends ManualClock {
  constructor() {
    super(new Date(2026, 10, 23, 12, 4, 33, 10).getTime());
  }

  get waitingCount(): number {
    return this.pending;
  }

  move(milliseconds: number): void {
    this.advance(milliseconds);
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

/** What is known around a downlink to an end device that speaks every ten minutes at SF7. */
export const usualEvidence: DownlinkEvidence = {
  isConnected: true,
  isKnownDevice: true,
  nearestDevice: () => undefined,
  mayWrite: undefined,
  lastHeardAt: undefined,
  usualInterval: 600_000,
  speaksRegularly: true,
  dataRate: { modulation: "LoRa", spreadingFactor: 7, bandwidth: 125_000 },
  limit: { bytes: 242, dataRate: "SF7" },
};

/** After an uplink at SF12 on a channel that only EU868 has. */
export const slowestLimit: PayloadLimit = {
  ...{ bytes: 50, atBest: 50, dataRate: "SF12", bands: ["EU868"] },
  atOnce: { bytes: 50, atBest: 50 },
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
  readonly copiedAs: { applicationKey: string; deviceId: string; downlink: PreparedDownlink }[] =
    [];
  readonly opened: string[] = [];
  readonly checked: string[] = [];
  /** Of every end device. */
  known: DownlinkEvidence = usualEvidence;
  readonly logged: string[] = [];
  /** Replaces the server's answer; the send waits for it. */
  answer: (waiting: Waiting) => Promise<SendAnswer> = () => Promise.resolve({ sent: true });
  /** Of every end device in the list. */
  facts: DeviceFacts = { gateways: [], payloadLimit: undefined, othersPending: 0 };
  private readonly hearEmitter = new Emitter<Target>();
  readonly onDidHear = this.hearEmitter.event;
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

  device(applicationKey: string, deviceId: string): DeviceFacts | undefined {
    const application = this.list.find((each) => each.applicationKey === applicationKey);
    const isKnown = application?.devices.some((each) => each.deviceId === deviceId);
    return isKnown === true ? this.facts : undefined;
  }

  /** An uplink changes what is known of an end device. */
  hear(target: Target, facts: DeviceFacts): void {
    this.facts = facts;
    this.hearEmitter.fire(target);
  }

  tracked(applicationKey: string, deviceId?: string) {
    return this.tracker.of(applicationKey, deviceId);
  }

  async send(
    applicationKey: string,
    input: DownlinkInput,
    createId: () => string,
    waiting: Waiting,
  ) {
    const built = buildDownlink(input, createId, this.clock.now());
    if ("errors" in built) return built;
    const { topic, payload } = built;
    this.sends.push({ applicationKey, input, topic, payload });
    const operation = input.operation ?? "push";
    const target = { applicationKey, deviceId: input.deviceId, operation };
    const replaced = this.tracker.begin(target, built.downlinks, this.clock.now());
    const answer = await this.answer(waiting);
    if ("sent" in answer) {
      for (const each of built.downlinks) {
        this.tracker.published(each.correlationId, this.clock.now());
      }
      if (built.downlinks.length === 0) {
        this.tracker.cleared(target, replaced, this.clock.now());
      }
    }
    return answer;
  }

  /** Nothing is bound. */
  localEncoder: LocalEncoder = {
    encode: () => Promise.resolve(undefined),
    onDidChange: new Emitter().event,
  };

  evidence(): DownlinkEvidence {
    return this.known;
  }

  check(applicationKey: string): void {
    this.checked.push(applicationKey);
  }

  copy(text: string): void {
    this.copied.push(text);
  }

  copyAs(applicationKey: string, deviceId: string, downlink: PreparedDownlink): void {
    this.copiedAs.push({ applicationKey, deviceId, downlink });
  }

  openEvents(applicationKey: string, deviceId: string): void {
    this.opened.push(`${applicationKey} ${deviceId}`);
  }

  log(text: string): void {
    this.logged.push(text);
  }

  /** The server says something about the downlink that was sent last. */
  serverSays(
    kind: DownlinkEvent["kind"] | "downlinkFailed",
    error: string | Partial<ServerError> = "",
    details: Partial<DownlinkDetails> = {},
  ): void {
    const tracked = this.last();
    const { fPort, bytes: framePayload = new Uint8Array() } = tracked.downlink;
    const message = upstream(tracked, kind, { fPort, framePayload, ...details }, error);
    this.tracker.apply(message, this.clock.now(), tracked.applicationKey);
  }

  /** The time in which the server answers is over. */
  answerIsOverdue(): void {
    this.tracker.unanswered(this.last().correlationId, this.clock.now());
  }

  /** The downlink that was sent last. */
  last(): TrackedDownlink {
    const last = this.sends.at(-1);
    const tracked = last && this.tracker.of(last.applicationKey)[0];
    if (!tracked) throw new Error("nothing was sent");
    return tracked;
  }
}

function upstream(
  { deviceId, correlationId }: TrackedDownlink,
  kind: DownlinkEvent["kind"] | "downlinkFailed",
  details: Partial<DownlinkDetails>,
  error: string | Partial<ServerError>,
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
    fCnt: 1,
    framePayload: new Uint8Array(),
    decodedPayload: undefined,
    confirmed: true,
    priority: "NORMAL",
    sessionKeyId: "AYfg8z6cNLcDjrhvdgvRYw==",
    correlationIds: [correlationId],
    attempt: 2,
    maximumAttempts: 8,
    ...details,
  };
  if (kind !== "downlinkFailed") return { ...base, kind, downlink };
  const told = typeof error === "string" ? { text: error } : error;
  return {
    ...base,
    kind,
    downlink,
    error: { namespace: undefined, name: undefined, text: "", attributes: {}, ...told },
  };
}

export function draftOf(...downlinks: readonly Partial<DraftDownlink>[]): Draft {
  return { downlinks: downlinks.map((each) => ({ ...blankDownlink, ...each })) };
}

/** A good downlink typed as hex. */
export function hexDownlink(hex = "01 01 00 0F", fPort = "15"): DraftDownlink {
  return { ...blankDownlink, fPort, texts: { ...blankDownlink.texts, hex } };
}
