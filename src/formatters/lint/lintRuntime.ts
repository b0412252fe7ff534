/** What a run on this machine tells about the run on the server. */
import type { FormatterAnswer } from "../formatter";

export interface RuntimeFinding {
  readonly severity: "warning" | "information";
  readonly message: string;
  /** Equal for findings that say the same of several frames, with other fields or numbers. */
  readonly kind: string;
}

/** The server's engine is up to sixteen times slower than the sandbox, and stops after 100 ms. Source: formatters research §1.4. */
export const slowMilliseconds = 10;

/** Remarks of the sandbox, and a run so long that the server may stop it. */
export function runtimeFindings(answer: FormatterAnswer<unknown>): readonly RuntimeFinding[] {
  const { remarks = [], milliseconds } = answer;
  const findings = remarks.map((message): RuntimeFinding => {
    return { severity: "warning", message, kind: message.replace(/^\S+ (?=is an? )/, "") };
  });
  // What ran out of time is an error already.
  if (milliseconds <= slowMilliseconds || answer.error?.code === "DEADLINE_EXCEEDED")
    return findings;
  const message = `${milliseconds.toFixed(0)} ms here: it may time out on the server, which stops after 100 ms and is several times slower.`;
  return [...findings, { severity: "warning", message, kind: "slow" }];
}
