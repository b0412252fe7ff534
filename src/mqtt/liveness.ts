/** Notices a peer that has gone silent, also when MQTT.js is the one that is stuck. Source: reliability R8. */
import type { Clock } from "../util/clock";
import { type Disposable } from "../util/emitter";

/** The second look that a blocked event loop gets to read what has arrived meanwhile (C30). Milliseconds. */
const secondLook = 1_000;

/** Calls `onSilent` once when nothing came for `silence` milliseconds. `lastAlive` is in monotonic time. */
export function watchLiveness(
  clock: Clock,
  silence: number,
  peer: { readonly lastAlive: () => number },
  onSilent: () => void,
): Disposable {
  let timer: Disposable;
  const grace = Math.min(secondLook, silence / 4);
  const firstLook = () => {
    const wait = peer.lastAlive() + silence - grace - clock.monotonic();
    if (wait > 0) {
      timer = clock.after(wait, firstLook);
      return;
    }
    const seen = peer.lastAlive();
    timer = clock.after(grace, () => {
      if (peer.lastAlive() === seen) onSilent();
      else firstLook();
    });
  };
  firstLook();
  return { dispose: () => timer.dispose() };
}
