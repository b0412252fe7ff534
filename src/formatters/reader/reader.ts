/** Reads texts of the workspace off the thread of the extension. Loaded on first use. */
import { systemClock } from "../../util/clock";
import type { ServerProfile } from "../formatter";
import type { LintFinding } from "../lint/lintScript";
import { SandboxThread } from "../sandbox/sandboxThread";
import { workerFile } from "../sandbox/workerFile";
import type { TestFile, TestFormat } from "../testCases/testCase";
import { TextReader } from "./textReader";

/** Enough for a hundred times the largest file; the rest is an attack. */
const limits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

const reader = new TextReader(
  systemClock,
  (events) => new SandboxThread(workerFile("formatterReaderWorker.js"), events, limits),
);

/** Never rejects: a file that cannot be read has a problem that says so. */
export async function readTestFile(text: string, format: TestFormat): Promise<TestFile> {
  const answer = await reader.read({ kind: "tests", text, format });
  if (answer?.kind === "tests") return answer.file;
  const problem = { line: 1, text: "Takes too long or too much memory to read: not read." };
  return { cases: [], problems: [problem] };
}

/** No findings where the text takes too long to look at. */
export async function lintText(
  text: string,
  profile: ServerProfile,
): Promise<readonly LintFinding[]> {
  const answer = await reader.read({ kind: "lint", text, profile });
  return answer?.kind === "lint" ? answer.findings : [];
}
