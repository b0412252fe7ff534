// Says how busy the machine is with other work, so that figures measured on it can be judged.
import { availableParallelism, cpus, loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";

/** More than this share of the processors in use by others: times measured here say little. */
export const busyShare = 0.3;

/** Takes samples while the measured programs rest. */
export class MachineLoad {
  /** @type {number[]} */
  samples = [];

  /** Looks for a second; call it while nothing of ours runs. */
  async look() {
    const before = ticks();
    await pause(1_000);
    const after = ticks();
    const total = after.total - before.total;
    this.samples.push(total === 0 ? 0 : (after.busy - before.busy) / total);
  }

  get mean() {
    return this.samples.reduce((sum, each) => sum + each, 0) / Math.max(1, this.samples.length);
  }

  get isBusy() {
    return Math.max(0, ...this.samples) > busyShare;
  }

  /** `other work took 63 % of 2 processors (at most 98 %), load average 5.2`. */
  get text() {
    const percent = (/** @type {number} */ share) => `${Math.round(share * 100)} %`;
    const most = Math.max(0, ...this.samples);
    const [load = 0] = loadavg();
    return `other work took ${percent(this.mean)} of ${availableParallelism()} processors (at most ${percent(most)}), load average ${load.toFixed(1)}`;
  }
}

function ticks() {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.irq + times.idle;
    busy += sum - times.idle;
    total += sum;
  }
  return { busy, total };
}
