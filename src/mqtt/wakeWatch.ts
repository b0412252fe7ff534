/** Notices that the machine has slept: wall time has run ahead of monotonic time. Source: reliability §2.4, rule 6. */
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";

const interval = 5_000;
/** Corrections of the clock over the network are smaller. */
const threshold = 10_000;

/** `asleepSince` is the last moment known to be awake, milliseconds since 1970; `duration` is in milliseconds. */
export function watchForWake(
  clock: Clock,
  onWake: (asleepSince: number, duration: number) => void,
): Disposable {
  let wall = clock.now();
  let monotonic = clock.monotonic();
  return clock.every(interval, () => {
    const lastWall = wall;
    const jump = clock.now() - wall - (clock.monotonic() - monotonic);
    wall = clock.now();
    monotonic = clock.monotonic();
    // A clock that was set back is no sleep (C29).
    if (jump >= threshold) onWake(lastWall, jump);
  });
}
