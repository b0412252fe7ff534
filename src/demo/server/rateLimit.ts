/** A budget of so many per time, such as the server's `as:down:mqtt` class. Source: tts-mqtt §1.7. */

export interface RateLimit {
  readonly count: number;
  readonly milliseconds: number;
}

/** Counts per key in windows that follow each other. */
export class RateLimiter {
  private readonly windows = new Map<string, { readonly start: number; used: number }>();

  constructor(
    private readonly limit: RateLimit | undefined,
    private readonly now: () => number,
  ) {}

  /** False when the budget of this key is used up. */
  take(key: string): boolean {
    if (this.limit === undefined) return true;
    const now = this.now();
    let window = this.windows.get(key);
    if (window === undefined || now - window.start >= this.limit.milliseconds) {
      window = { start: now, used: 0 };
      this.windows.set(key, window);
    }
    window.used++;
    return window.used <= this.limit.count;
  }
}
