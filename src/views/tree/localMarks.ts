/** What a row says of the workspace's own formatter: whether it differs from the server, or its values where there are none. */
import type { Outcome } from "../../formatters/workbench/outcome";
import { summarizeFields } from "../../stack/values";

/** `local differs`, `local fails`; undefined where there is nothing to say. */
export function localMark(outcome: Outcome | undefined): string | undefined {
  if (!outcome || outcome.agrees === true) return undefined;
  if (outcome.answer.error) return "local formatter fails";
  return outcome.agrees === false ? "local differs from server" : undefined;
}

/** The values of the workspace's formatter, where the server decoded nothing. */
export function localValues(outcome: Outcome | undefined): string {
  if (!outcome?.answer.result || outcome.agrees !== undefined) return "";
  return summarizeFields(outcome.answer.result.decoded_payload, 4);
}
