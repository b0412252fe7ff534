/** The recorded traffic of a real stack in test/fixtures/real-traffic: all messages in order, and one of each variant. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import type { DownlinkTracker } from "../../src/model/downlinks";
import { Model } from "../../src/model/model";
import type { TrackedDownlink } from "../../src/model/downlinkVerdict";
import { decode } from "../../src/stack/decode";
import type { PreparedDownlink } from "../../src/stack/downlink";
import { applicationKey, type ApplicationSettings } from "../../src/stack/applicationSettings";
import { bytesOf } from "./fixtures";

export interface RecordedMessage {
  /** Arrival, milliseconds since 1970. */
  readonly at: number;
  /** What was being done. */
  readonly step: string;
  readonly topic: string;
  readonly bytes: Uint8Array;
}

interface Line {
  readonly at: string;
  readonly run: number;
  readonly step: string;
  readonly topic: string;
  readonly body: string;
}

function read(name: string): string {
  return gunzipSync(readFileSync(path.join("test", "fixtures", "real-traffic", name))).toString();
}

/** Every message of the recording, in order. */
export function recordedMessages(): readonly RecordedMessage[] {
  return read("messages.jsonl.gz")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { at, run, step, topic, body } = JSON.parse(line) as Line;
      return { at: Date.parse(at), step: `${run}: ${step}`, topic, bytes: Buffer.from(body) };
    });
}

/** One message of each variant by its name, such as `downlink-failed.no-f-port`. */
export function recordedVariants(): ReadonlyMap<string, Pick<RecordedMessage, "topic" | "bytes">> {
  const all = JSON.parse(read("variants.json.gz")) as Record<
    string,
    { readonly topic: string; readonly body: object }
  >;
  return new Map(
    Object.entries(all).map(([name, { topic, body }]) => [name, { topic, bytes: bytesOf(body) }]),
  );
}

const settings: ApplicationSettings = {
  application: "soil-lab",
  host: "stack.example.com",
  port: 8883,
  security: "tls",
};
export const realKey = applicationKey(settings);

/** A model that takes the recording as it came, and follows the downlinks of it that are called `ids`. */
export class Replay {
  readonly model = new Model({ maximumMessages: 2_000, maximumBytes: 8_000_000 });
  private readonly messages = recordedMessages();
  private next = 0;

  constructor() {
    this.model.setApplications([settings]);
  }

  get tracker(): DownlinkTracker {
    return this.model.downlinks;
  }

  /** Takes in everything up to the end of the step whose name ends so. */
  through(step: string): this {
    const last = this.messages.findLastIndex((each) => each.step === step);
    if (last < 0) throw new Error(`no step ${step}`);
    while (this.next <= last) this.takeNext();
    return this;
  }

  /** Takes in one message more. Returns it with its event. */
  takeNext() {
    const message = this.messages[this.next++];
    if (!message) throw new Error("the recording is over");
    const { topic, bytes, at } = message;
    this.model.apply(realKey, topic, decode(topic, bytes), bytes, at);
    return { ...message, event: this.model.events.get(this.model.events.nextEventId - 1) };
  }

  /** Takes in messages until one of this kind names the downlink. */
  until(suffix: string, id: string): this {
    for (;;) {
      const { topic, bytes } = this.takeNext();
      if (topic.endsWith(suffix) && Buffer.from(bytes).toString().includes(`"${id}"`)) return this;
    }
  }

  get isOver(): boolean {
    return this.next >= this.messages.length;
  }

  /** Begins to follow a downlink, as if it had been sent from here just now. */
  begin(deviceId: string, id: string, downlink: Partial<PreparedDownlink> = {}): void {
    const at = this.messages[this.next]?.at ?? 0;
    const prepared = {
      ...{ fPort: 1, bytes: Uint8Array.of(1), fields: undefined, priority: "LOWEST" as const },
      ...{ confirmed: false, correlationId: id, userCorrelationIds: [], ...downlink },
    };
    const target = { applicationKey: realKey, deviceId, operation: "push" as const };
    this.tracker.begin(target, [prepared], at - 10);
    this.tracker.published(id, at - 5);
  }

  downlink(id: string): TrackedDownlink {
    const tracked = this.tracker.get(id);
    if (!tracked) throw new Error(`${id} is not followed`);
    return tracked;
  }

  /** Downlinks of anybody that wait for the end device, as the tree counts them. */
  waiting(deviceId: string): number {
    return this.model.application(realKey)?.endDevices.get(deviceId)?.pendingCount ?? 0;
  }
}
