/** The queues of end devices for which a downlink of ours waits: who of ours waits there no longer, told or not. */
import type { Message } from "../stack/messages";
import { ownText } from "../util/ownText";
import { isOpen, type TrackedDownlink } from "./downlinkVerdict";
import { WaitingDownlinks } from "./waitingDownlinks";

/** A downlink of ours that can wait no longer, and why. */
export interface LeftQueue {
  readonly id: string;
  readonly note: string;
}

interface OwnQueue {
  readonly waiting: WaitingDownlinks<readonly string[]>;
  /** Of ours that were in it. */
  readonly ids: Set<string>;
}

export class OwnQueues {
  private readonly byPlace = new Map<string, OwnQueue>();

  /** @param find the downlink of ours with this id */
  constructor(private readonly find: (id: string) => TrackedDownlink | undefined) {}

  /**
   * What a message tells of those that are not named in it (real-traffic 27).
   * @param isAboutOurs it names one of ours
   */
  take(
    message: Message,
    now: number,
    applicationKey: string,
    isAboutOurs: boolean,
  ): readonly LeftQueue[] {
    const place = placeOf(applicationKey, message.deviceId);
    const known = this.byPlace.get(place);
    if (!known && !isAboutOurs) return [];
    const queue = known ?? this.open();
    const left = queue.waiting.take(message, now);
    const isOver = queue.waiting.size === 0 && ![...queue.ids].some((id) => this.isOpen(id));
    if (isOver) this.byPlace.delete(place);
    else this.byPlace.set(place, queue);
    return left.flatMap(({ kept, why }) => kept.map((id) => ({ id, note: notes[why] })));
  }

  /** A replace or clear of ours came into effect. */
  emptied(applicationKey: string, deviceId: string): void {
    this.byPlace.get(placeOf(applicationKey, deviceId))?.waiting.emptied();
  }

  private open(): OwnQueue {
    const ids = new Set<string>();
    const keep = ({ correlationIds }: { readonly correlationIds: readonly string[] }) => {
      const own = correlationIds.filter((id) => this.find(id)).map((id) => ownText(id, 100));
      for (const id of own) ids.add(id);
      return own;
    };
    const waiting = new WaitingDownlinks(
      keep,
      ({ confirmed, correlationIds }) =>
        confirmed || correlationIds.some((id) => this.find(id)?.downlink.confirmed === true),
    );
    return { waiting, ids };
  }

  private isOpen(id: string): boolean {
    const tracked = this.find(id);
    return tracked !== undefined && isOpen(tracked);
  }
}

const notes = {
  overtaken: "one that came after it in the queue was sent",
  silence: "the end device has spoken several times, and nothing was sent",
};

function placeOf(applicationKey: string, deviceId: string): string {
  return `${applicationKey} ${deviceId}`;
}
