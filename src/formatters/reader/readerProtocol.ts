/** What the extension and the thread that reads the workspace's texts tell each other. */
import type { ServerProfile } from "../formatter";
import type { LintFinding } from "../lint/lintScript";
import type { TestFile, TestFormat } from "../testCases/testCase";

export type ReadRequest =
  | { readonly kind: "tests"; readonly text: string; readonly format: TestFormat }
  | { readonly kind: "lint"; readonly text: string; readonly profile: ServerProfile };

/** One answer for each request, in their order. */
export type ReadReport =
  | { readonly kind: "ready" }
  | { readonly kind: "tests"; readonly file: TestFile }
  | { readonly kind: "lint"; readonly findings: readonly LintFinding[] };
