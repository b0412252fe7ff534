/** What the extension and the sandbox's thread tell each other. */
import type { ServerProfile } from "../formatter";

export type Call = "decodeUplink" | "encodeDownlink" | "decodeDownlink";

/** Runs one script for some inputs, each given as JSON. */
export interface RunRequest {
  readonly kind: "run";
  readonly formatter: number;
  readonly source: string;
  readonly profile: ServerProfile;
  readonly call: Call;
  readonly inputs: readonly string[];
  /** At another time than now. */
  readonly isLater?: boolean;
}

/** The formatter is not needed any more. */
export interface ForgetRequest {
  readonly kind: "forget";
  readonly formatter: number;
}

export type Request = RunRequest | ForgetRequest;

/** The outcome of one input: JSON of an {@link Outcome}, and how long it took. */
export interface RunAnswer {
  readonly outcome: string;
  readonly milliseconds: number;
}

/** Answers come in the order of the inputs, some at a time. */
export type Report =
  | { readonly kind: "ready" }
  /** The script is compiled and begins to run: it is now up to it when the next report comes. */
  | { readonly kind: "running" }
  | { readonly kind: "answers"; readonly answers: readonly RunAnswer[] };

export interface Findings {
  /** Paths with NaN or Infinity, in the server's words. */
  readonly numbers: readonly string[];
  readonly refusal: "" | "depth" | "function" | "panic";
  /** Values whose stored form means nothing. */
  readonly oddities: readonly string[];
}

export interface DecodedParts extends Findings {
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
}

export type Outcome =
  | {
      readonly kind: "uplink";
      readonly decoded: DecodedParts;
      readonly normalized: DecodedParts | null;
    }
  | ({ readonly kind: "downlink" } & DecodedParts)
  | {
      readonly kind: "encoded";
      /** A string stands for its UTF-8. */
      readonly octets: readonly number[] | string;
      readonly fPort: number | null;
      readonly warnings: readonly string[];
      readonly errors: readonly string[];
    }
  /** Thrown by the script, while what it threw became text, or while its result was read. */
  | {
      readonly kind: "threw";
      readonly during: "script" | "converting" | "output";
      readonly text: string;
      readonly stack: string;
    }
  | {
      readonly kind: "syntax";
      readonly text: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "noOutput" }
  | { readonly kind: "noEntry" }
  | { readonly kind: "timeout" }
  /** More JSON than any measurement has. */
  | { readonly kind: "tooLarge" }
  /** Left out, because the script got stuck with other inputs of the request. */
  | { readonly kind: "notRun" }
  /** The sandbox's own stack or memory ended, which the server's would not. */
  | { readonly kind: "exhausted"; readonly reason: string };
