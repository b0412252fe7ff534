/** What runs payload formatters for the HTTP API: given from outside, as the server itself runs no scripts. */
import type { JsonObject } from "../../stack/messages";

/** One link of the server's chain of errors. */
export interface FormatterFault {
  /** `pkg/scripting/javascript:script`. */
  readonly name: string;
  /** gRPC's name of the code. */
  readonly code: string;
  readonly message: string;
  readonly cause?: FormatterFault | undefined;
}

export interface FormatterRun {
  /** Fields in the server's own names. */
  readonly result?: object | undefined;
  readonly error?: FormatterFault | undefined;
}

export interface FormatterRunner {
  decodeUplink(input: { bytes: Uint8Array; fPort: number }): Promise<FormatterRun>;
  encodeDownlink(input: { data: JsonObject; fPort: number }): Promise<FormatterRun>;
  decodeDownlink(input: { bytes: Uint8Array; fPort: number }): Promise<FormatterRun>;
  dispose(): void;
}

export type FormatterMaker = (
  source: string,
  options: { readonly kind: "javascript" | "cayennelpp" },
) => FormatterRunner | Promise<FormatterRunner>;
