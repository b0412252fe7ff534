/** The syntax error that the server answers with for syntax its engine does not know. */
import type { NewSyntax } from "./newSyntax";
import type { Outcome } from "../sandbox/protocol";
import { scriptColumn, scriptLine } from "../sandbox/wrapper";

export function newSyntaxOutcome(
  source: string,
  [first]: readonly NewSyntax[],
): Outcome | undefined {
  if (first === undefined) return undefined;
  const before = source.slice(0, first.offset).split(/\r\n|[\n\r\u2028\u2029]/);
  const column = (before.at(-1)?.length ?? 0) + (before.length === 1 ? scriptColumn : 1);
  return {
    kind: "syntax",
    text: `SyntaxError: ${first.what} is not known to this server`,
    line: before.length + scriptLine - 1,
    column,
  };
}
