/** What is said about a failed connection. */
import type { AttemptEnd } from "./attemptEnd";
import type { ConnectionFailure, FailureClass } from "./connectionState";

export type Words = Omit<ConnectionFailure, "code">;
export type WordsOf = (end: AttemptEnd) => Words;

export function words(
  failureClass: FailureClass,
  reason: string,
  advice: string,
  fix: ConnectionFailure["fix"],
): Words {
  return { class: failureClass, reason, advice, fix };
}
