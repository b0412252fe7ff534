/** What the server would not take, or would run otherwise than here, found in a formatter's text alone. */
import type { ServerProfile } from "../formatter";
import { lintGlobals } from "./lintGlobals";
import { lintModules } from "./lintModules";
import { lintPort } from "./lintPort";
import { lintResults } from "./lintResults";
import { isEntryName } from "../script/entries";
import { findingAt, readScript, type LintFinding, type Script } from "./lintScript";
import { lintSize } from "./lintSize";
import { findNewSyntax, type NewSyntax } from "../server/newSyntax";

/** Findings that are told of one file. */
export const maximumFindings = 100;
/** Characters beyond which only the size is looked at: six times what the server takes. */
const maximumLength = 256 * 1024;

/** In the order of the text. Never throws, whatever the text. */
export function lintFormatter(source: string, profile: ServerProfile): readonly LintFinding[] {
  const size = lintSize(source);
  if (source.length > maximumLength) return size;
  const script = readScript(source);
  return [
    ...size,
    ...lintModules(script),
    ...findNewSyntax(source, profile).map(newSyntax),
    ...lintGlobals(script, profile),
    ...lintEntries(script),
    ...lintResults(script, profile),
    ...lintPort(script),
  ]
    .sort((a, b) => a.start - b.start)
    .slice(0, maximumFindings);
}

/** A formatter without entry, and a function that the server replaces by its own. */
function lintEntries(script: Script): LintFinding[] {
  const { tokens, partner } = script;
  const findings: LintFinding[] = [];
  if (!tokens.some(({ text }) => isEntryName(text))) {
    const place = tokens[0] ?? { start: 0, end: 0 };
    const message =
      "No function for the server to call: decodeUplink, encodeDownlink, decodeDownlink or normalizeUplink.";
    findings.push(findingAt("no-entry", "warning", place, message));
  }
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.text === "main" && tokens[at - 1]?.text === "function") {
      const message =
        "The server puts a main of its own in the place of this function. Give it another name.";
      findings.push(findingAt("overridden-main", "warning", token, message));
    }
    at = Math.max(at, partner[at] ?? -1);
  }
  return findings;
}

function newSyntax({ offset, length, what }: NewSyntax): LintFinding {
  const place = { start: offset, end: offset + length };
  const message = `The server's engine does not know this yet (${what}): a syntax error there.`;
  return findingAt("new-syntax", "error", place, message);
}
