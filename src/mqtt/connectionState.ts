/** The states of a connection as everybody sees them. Source: reliability §2.4. */

/**
 * What to do about a failure: `ask` stops until the user acts, `slow` tries again after half a minute or more,
 * `retry` after a growing back-off.
 */
export type FailureClass = "ask" | "slow" | "retry";

export interface ConnectionFailure {
  readonly class: FailureClass;
  /** Stable key: `ENOTFOUND`, `CONNACK_5`, `CERT_HAS_EXPIRED`, `NO_KEY` … */
  readonly code: string;
  /** What happened, in a few of our own words. */
  readonly reason: string;
  /** What the user can do about it. */
  readonly advice: string;
  /** The one action to offer. */
  readonly fix: "setApiKey" | "edit" | "check" | undefined;
}

export type ConnectionState =
  | { readonly phase: "stopped" }
  | { readonly phase: "connecting"; readonly attempt: number }
  /** After the server granted the subscription; milliseconds since 1970. */
  | { readonly phase: "connected"; readonly since: number }
  | {
      readonly phase: "waiting";
      readonly attempt: number;
      /** When the next attempt begins, milliseconds since 1970. */
      readonly until: number;
      readonly failure: ConnectionFailure;
    }
  | { readonly phase: "failed"; readonly failure: ConnectionFailure };
