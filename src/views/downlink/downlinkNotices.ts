/** One notification for downlinks that failed or got no answer while no panel shows them, wherever they were sent from. */
import type { DownlinkTracker } from "../../model/downlinks";
import { currentState, type TrackedDownlink } from "../../model/downlinkVerdict";
import type { Target } from "../../protocol/downlinkPage";
import type { Clock } from "../../util/clock";
import { MutableDisposable } from "../../util/disposables";
import type { Disposable } from "../../util/emitter";
import { notify } from "../notices";

/** Where they can be looked at. */
export interface DownlinkPlace {
  /** The user has this end device's downlinks before the eyes. */
  isShowing(target: Target): boolean;
  show(target: Target): void;
}

/** Bad news of several downlinks comes in bunches. Milliseconds. */
const gathering = 1_000;
/** Between two notifications. Milliseconds. */
const pause = 10_000;
/** Downlinks that one notification can tell of. */
const maximumGathered = 500;
const maximumNamed = 3;
const open = "Open";

export class DownlinkNotices implements Disposable {
  private readonly listener: Disposable;
  private readonly timer = new MutableDisposable<Disposable>();
  /** By correlation id, as it was when it came. */
  private readonly gathered = new Map<string, TrackedDownlink>();
  private lastTold = -Infinity;

  constructor(
    tracker: Pick<DownlinkTracker, "onDidChange">,
    private readonly place: DownlinkPlace,
    private readonly clock: Clock,
  ) {
    this.listener = tracker.onDidChange((tracked) => this.follow(tracked));
  }

  dispose(): void {
    this.listener.dispose();
    this.timer.dispose();
  }

  private follow(tracked: TrackedDownlink): void {
    const { correlationId } = tracked;
    if (!isBadNews(tracked)) {
      this.gathered.delete(correlationId); // the answer came after all
      return;
    }
    if (this.gathered.size < maximumGathered) this.gathered.set(correlationId, tracked);
    const wait = Math.max(gathering, this.lastTold + pause - this.clock.monotonic());
    this.timer.value ??= this.clock.after(wait, () => this.tell());
  }

  private tell(): void {
    this.timer.value = undefined;
    const bad = [...this.gathered.values()].filter((each) => !this.place.isShowing(each));
    this.gathered.clear();
    const last = bad.at(-1);
    if (!last) return;
    this.lastTold = this.clock.monotonic();
    void notify("warning", noticeText(bad), open).then((chosen) => {
      if (chosen === open) this.place.show(last);
    });
  }
}

/** The last fact, so that what is known already is not told again. */
function isBadNews(tracked: TrackedDownlink): boolean {
  const state = currentState(tracked);
  return (state === "failed" || state === "noAnswer") && tracked.steps.at(-1)?.state === state;
}

/** `The downlink to pump-1 failed.` */
export function noticeText(downlinks: readonly TrackedDownlink[]): string {
  const failed = downlinks.filter((each) => currentState(each) === "failed").length;
  const silent = downlinks.length - failed;
  const words = [
    ...(failed > 0 ? [`${downlinks.length > 1 && silent > 0 ? `${failed} ` : ""}failed`] : []),
    ...(silent > 0
      ? [`${downlinks.length > 1 && failed > 0 ? `${silent} ` : ""}got no answer from the server`]
      : []),
  ];
  const devices = [...new Set(downlinks.map(({ deviceId }) => deviceId))];
  const more = devices.length - maximumNamed;
  const named = devices.slice(0, maximumNamed).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const what = downlinks.length === 1 ? "The downlink" : `${downlinks.length} downlinks`;
  return `${what} to ${named}: ${words.join(", ")}.`;
}
