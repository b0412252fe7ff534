/** Recurring events of the simulated farm: each in its own rhythm, sooner when somebody starts to watch. */
import type { Random } from "./random";
import type { Timers } from "./timers";

interface Recurring {
  readonly period: number;
  readonly action: () => void;
  dueAt: number;
  cancel: () => void;
}

const jitter = 0.15;
/** Within this many milliseconds a new watcher sees something of several end devices. */
const promptness = 1500;

export class Schedule {
  private readonly recurring: Recurring[] = [];

  constructor(
    readonly timers: Timers,
    private readonly random: Random,
  ) {}

  /** First after `first` ms, then about every `period` ms. */
  every(period: number, first: number, action: () => void): void {
    const entry: Recurring = { period, action, dueAt: 0, cancel: () => undefined };
    this.recurring.push(entry);
    this.plan(entry, first);
  }

  after(milliseconds: number, action: () => void): void {
    this.timers.after(milliseconds, action);
  }

  /** Brings forward what is due soonest, spread over the next moments. */
  hasten(count: number): void {
    const soonest = [...this.recurring].sort((a, b) => a.dueAt - b.dueAt).slice(0, count);
    for (const [index, entry] of soonest.entries()) {
      const wait = (promptness * (index + this.random.next())) / count;
      if (this.timers.now() + wait < entry.dueAt) this.plan(entry, wait);
    }
  }

  private plan(entry: Recurring, wait: number): void {
    entry.cancel();
    entry.dueAt = this.timers.now() + wait;
    const timer = this.timers.after(wait, () => {
      this.plan(entry, entry.period * this.random.between(1 - jitter, 1 + jitter));
      entry.action();
    });
    entry.cancel = () => timer.dispose();
  }
}
