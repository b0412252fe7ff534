/** What a debugger is to run: a function of a formatter's file with one input, and where it should stop. */
import type { ServerProfile } from "../formatter";
import { findEntries } from "../script/entries";
import { readScript } from "../lint/lintScript";
import type { CaseInput, TestKind } from "../testCases/testCase";

export interface DebugTarget {
  /** The function that the server would call. */
  readonly entry: string;
  /** Arguments as JSON; a time is marked by its name `recvTime` and made a Date again. */
  readonly argumentsJson: string;
  /** Line of the first statement of the function, counted from 0. */
  readonly line: number;
}

/** The older functions are called where the newer one is missing, with other arguments. */
const older: Readonly<Partial<Record<TestKind, string>>> = {
  decodeUplink: "Decoder",
  encodeDownlink: "Encoder",
};

/** Undefined when the file has no such function, as far as its text tells. */
export function debugTarget(
  source: string,
  kind: TestKind,
  input: CaseInput,
  profile: ServerProfile,
): DebugTarget | undefined {
  const { functions, tokens } = readScript(source);
  const found = [kind, older[kind]].flatMap(
    (name) => functions.find((each) => each.name === name) ?? [],
  )[0];
  // Set in another way than as a function of its own: stopped at the place that sets it.
  const set = found ? undefined : findEntries(source).find(({ name }) => name === kind);
  const name = found?.name ?? set?.name;
  if (name === undefined) return undefined;
  const place = found
    ? (tokens[found.bodyStart]?.start ?? tokens[found.nameAt]?.start ?? 0)
    : (set?.offset ?? 0);
  return {
    entry: name,
    argumentsJson: JSON.stringify(argumentsOf(name === kind, kind, input, profile)),
    line: source.slice(0, place).split("\n").length - 1,
  };
}

function argumentsOf(
  isNewer: boolean,
  kind: TestKind,
  { fPort, bytes = [], data = {}, recvTime }: CaseInput,
  profile: ServerProfile,
): readonly unknown[] {
  const what = kind === "encodeDownlink" ? { data } : { bytes };
  if (!isNewer) return [kind === "encodeDownlink" ? data : bytes, fPort];
  if (kind !== "decodeUplink" || profile === "3.32") return [{ ...what, fPort }];
  return [{ ...what, fPort, recvTime: new Date(recvTime ?? 0).toISOString() }];
}
