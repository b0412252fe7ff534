/** What a formatter made of the frames of its window, in numbers and in a few problems worth a line. */
import { visible } from "../../stack/visible";
import { frameName } from "./frame";
import { runtimeFindings } from "../lint/lintRuntime";
import type { FormatterError } from "../formatter";
import type { Outcome } from "./outcome";

export interface Report {
  readonly frames: number;
  readonly failed: number;
  /** Of `comparable` frames: how many came out otherwise with the text before. */
  readonly changed: number;
  readonly comparable: number;
  /** Of `decodedByServer` frames: how many the server decoded otherwise. */
  readonly drifting: number;
  readonly decodedByServer: number;
  /** Of the youngest frame. */
  readonly latest: Outcome | undefined;
  readonly problems: readonly FrameProblem[];
}

/** The same thing said of one or several frames; its text is safe to show. */
export interface FrameProblem {
  readonly severity: "error" | "warning" | "information";
  readonly text: string;
  readonly place: FormatterError["place"];
  readonly latest: Outcome;
}

const maximumProblems = 20;

export function reportOn(outcomes: ReadonlyMap<number, Outcome>): Report {
  const all = [...outcomes.values()].sort((a, b) => a.frame.eventId - b.frame.eventId);
  const count = (accepts: (outcome: Outcome) => boolean) => all.filter(accepts).length;
  return {
    frames: all.length,
    failed: count(({ answer }) => answer.error !== undefined),
    changed: count(({ changed }) => changed === true),
    comparable: count(({ changed }) => changed !== undefined),
    drifting: count(({ agrees }) => agrees === false),
    decodedByServer: count(({ agrees }) => agrees !== undefined),
    latest: all.at(-1),
    problems: problemsOf(all),
  };
}

/** The message of the error that the user's own code is to blame for: the innermost one that says more. */
export function errorText(error: FormatterError): string {
  const cause = error.cause?.message ?? "";
  return visible(error.message.includes(cause) ? error.message : `${error.message}: ${cause}`, 300);
}

interface Found {
  readonly severity: FrameProblem["severity"];
  text: string;
  readonly place: FormatterError["place"];
  frames: number;
  latest: Outcome;
}

function problemsOf(outcomes: readonly Outcome[]): readonly FrameProblem[] {
  const found = new Map<string, Found>();
  for (const outcome of outcomes) {
    for (const each of sayings(outcome)) {
      const { severity, kind, place } = each;
      const id = JSON.stringify([severity, kind, place?.line, place?.column]);
      const known = found.get(id);
      if (known) {
        known.frames++;
        known.latest = outcome;
        known.text = each.text;
      } else found.set(id, { severity, text: each.text, place, frames: 1, latest: outcome });
    }
  }
  const rank = { error: 0, warning: 1, information: 2 } as const;
  return [...found.values()]
    .sort((a, b) => rank[a.severity] - rank[b.severity] || b.frames - a.frames)
    .slice(0, maximumProblems)
    .map(({ frames, ...each }) => ({
      ...each,
      text: `${each.text} (${frames === 1 ? "" : `${frames} frames, the last `}${frameName(each.latest.frame)})`,
    }));
}

type Saying = Pick<FrameProblem, "severity" | "text" | "place"> & {
  /** Equal for what is said once of all frames. */
  readonly kind: string;
};

function sayings({ answer, varying }: Outcome): readonly Saying[] {
  const findings = runtimeFindings(answer).map(({ severity, message, kind }) =>
    saying(severity, message, kind),
  );
  if (varying.length > 0) findings.push(saying("information", varyingText(varying), "varying"));
  if (answer.error) {
    const { place } = deepestPlace(answer.error);
    return [{ ...saying("error", errorText(answer.error)), place }, ...findings];
  }
  const { decoded_payload_warnings: decoded = [], normalized_payload_warnings: normalized = [] } =
    answer.result;
  return [...decoded, ...normalized]
    .map((text) => saying("information", `Formatter's warning: ${text}`))
    .concat(findings);
}

function varyingText(varying: readonly string[]): string {
  const names = varying.map((path) => path.replace(/^decoded\./, "")).slice(0, 3);
  const what = varying.includes("") ? "The result" : names.join(", ");
  const verb = names.length > 1 ? "change by themselves" : "changes by itself";
  return `${what} ${verb}, with the time or at random: not compared with the server or with before.`;
}

function saying(severity: FrameProblem["severity"], text: string, kind = text): Saying {
  return { severity, text: visible(text, 300), place: undefined, kind };
}

function deepestPlace(error: FormatterError): FormatterError {
  let found = error;
  for (let each: FormatterError | undefined = error; each; each = each.cause)
    if (each.place) found = each;
  return found;
}
