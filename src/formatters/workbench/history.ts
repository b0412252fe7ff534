/** Goes back through the remembered events for the frames of bound end devices, a few milliseconds at a time. */
import type { EventStore } from "../../model/eventStore";
import { parseUpstreamTopic, type UpstreamTopic } from "../../stack/topics";
import type { Clock } from "../../util/clock";
import { MutableDisposable } from "../../util/disposables";
import type { Disposable } from "../../util/emitter";
import { frameOf, type Frame } from "./frame";

/** Milliseconds of one turn of the event loop. */
const sliceLength = 5;
/** Events are looked at by their topics alone; only so many uplinks are decoded to see their FPorts. */
const maximumDecoded = 20_000;

export interface HistoryServices {
  readonly events: EventStore;
  readonly clock: Clock;
  readonly accepts: (topic: UpstreamTopic) => boolean;
  readonly take: (frame: Frame) => void;
  readonly onDone: () => void;
}

/** The youngest first. Disposing of it stops it. */
export function readHistory(services: HistoryServices): Disposable {
  const { events, clock, accepts, take, onDone } = services;
  const timer = new MutableDisposable<Disposable>();
  let id = events.nextEventId - 1;
  let left = maximumDecoded;
  const slice = () => {
    const end = clock.monotonic() + sliceLength;
    for (; id > events.evicted && left > 0; id--) {
      if (clock.monotonic() > end) {
        timer.value = clock.after(0, slice);
        return;
      }
      const topic = parseUpstreamTopic(events.originOf(id)?.topic ?? "");
      if (topic?.kind !== "uplink" || !accepts(topic)) continue;
      left--;
      const entry = events.get(id);
      const frame = entry && frameOf(entry);
      if (frame) take(frame);
    }
    onDone();
  };
  timer.value = clock.after(0, slice);
  return timer;
}
