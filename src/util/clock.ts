/** The one source of time: everything that waits or measures takes a Clock, so tests run in milliseconds. */
import type { Disposable } from "./emitter";

export interface Clock {
  /** Wall clock, milliseconds since 1970. Jumps when the machine slept or was set. */
  now(): number;
  /** Milliseconds that only go forward and stand still in sleep. */
  monotonic(): number;
  /** Calls back once after `milliseconds`. */
  after(milliseconds: number, callback: () => void): Disposable;
  /** Calls back every `milliseconds`. Does not keep the process alive. */
  every(milliseconds: number, callback: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return { dispose: () => clearTimeout(timer) };
  },
  every(milliseconds, callback) {
    const timer = setInterval(callback, milliseconds);
    timer.unref();
    return { dispose: () => clearInterval(timer) };
  },
};
