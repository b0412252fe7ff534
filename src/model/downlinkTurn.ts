/** What a downlink that waits for its turn tells the one who sent it. */

/** Why a downlink is not on its way yet. */
export interface PacerWait {
  /** Milliseconds since 1970; undefined when another to the same end device is in flight. */
  readonly until: number | undefined;
  readonly perMinute: number;
  /** The server has closed the connection because of its own rate limit, so nothing is sent until then. */
  readonly isLimited?: boolean;
}

/** How the one who waits learns about it and ends it. */
export interface Waiting {
  /** Called when the wait begins and whenever it changes. */
  readonly onWait?: ((wait: PacerWait) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
