/** Measures the processor time of this process between two counts of messages and tells the parent. */

export class Meter {
  private before: NodeJS.CpuUsage | undefined;
  private startedAt = 0;
  private first = 0;
  private seen = 0;
  private isDone = false;

  /**
   * @param warmUp messages before the measured ones
   * @param measured how many are measured, or a few more
   * @param more further figures for the parent
   */
  constructor(
    private readonly warmUp: number,
    private readonly measured: number,
    private readonly more: () => object = () => ({}),
  ) {}

  /** Counts messages that have just been dealt with. */
  count(messages: number): void {
    this.seen += messages;
    if (this.before === undefined && this.seen >= this.warmUp) {
      this.before = process.cpuUsage();
      this.startedAt = performance.now();
      this.first = this.seen;
    } else if (this.seen >= this.warmUp + this.measured && !this.isDone) this.finish();
  }

  /** Tells what was counted so far: the rest will not come. */
  finish(): void {
    this.isDone = true;
    const { user, system } = process.cpuUsage(this.before);
    const seconds = (performance.now() - this.startedAt) / 1000;
    const messages = this.seen - this.first;
    tell({ microseconds: (user + system) / messages, messages, seconds, ...this.more() });
  }
}

/** Tells the parent now and then that this process is at work, so that it is not taken for stuck on a busy machine. */
export function tellOfWork(): void {
  let before = process.cpuUsage();
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    if (user + system > leastWork) process.send?.({ working: true });
  }, 5_000).unref();
}

/** Microseconds in five seconds: more than timers alone take. */
const leastWork = 50_000;

/** Hands the figures to the parent and ends this process. */
export function tell(figures: object): void {
  process.send?.(figures, undefined, {}, () => process.exit());
}
