/** Runs chosen tests in the sandbox, one formatter for all tests of its file, or one of them under the debugger. */
import * as vscode from "vscode";
import type { CreateFormatter } from "../../formatters/workbench/bench";
import type { Formatter, ServerProfile } from "../../formatters/formatter";
import { runtimeFindings } from "../../formatters/lint/lintRuntime";
import type { TestCase } from "../../formatters/testCases/testCase";
import { runTestCase, type TestFailure } from "../../formatters/testCases/testCaseRun";
import type { Workbench } from "../../formatters/workbench/workbench";
import { visible } from "../../stack/visible";
import { notify } from "../notices";
import type { DebugFormatter } from "./debugFormatter";
import { formatterUri } from "./formatterBeside";

export interface TestRunServices {
  readonly workbench: Pick<Workbench, "bindings">;
  readonly createFormatter: CreateFormatter;
  /** The text of a file, or why it is not read. */
  readonly readFile: (
    uri: vscode.Uri,
  ) => Promise<{ readonly text: string } | { readonly problem: string }>;
  readonly debug: DebugFormatter;
}

interface ChosenFile {
  readonly file: vscode.TestItem;
  readonly tests: readonly vscode.TestItem[];
}

export async function runTests(
  services: TestRunServices,
  run: vscode.TestRun,
  chosen: readonly ChosenFile[],
  cases: ReadonlyMap<string, TestCase>,
  token: vscode.CancellationToken,
): Promise<void> {
  for (const { file, tests } of chosen) {
    if (tests.length === 0 && file.error !== undefined) run.errored(file, message(file.error));
    const formatters = new Map<string, Formatter | undefined>();
    const uris = new Map<string, Promise<vscode.Uri | undefined>>();
    const uriOf = (testUri: vscode.Uri, test: TestCase) => {
      const key = `${test.kind} ${test.formatter ?? ""}`;
      const found = uris.get(key) ?? formatterUri(services, testUri, test);
      uris.set(key, found);
      return found;
    };
    for (const item of tests) {
      const test = cases.get(item.id);
      if (token.isCancellationRequested || !test || !item.uri) {
        run.skipped(item);
        continue;
      }
      run.started(item);
      const uri = await uriOf(item.uri, test);
      const address = uri?.toString() ?? "";
      if (uri && !formatters.has(address)) formatters.set(address, await load(services, uri));
      const formatter = formatters.get(address);
      if (uri && formatter) await runOne(run, item, test, formatter, uri);
      else run.errored(item, message(missingText(test, uri)));
    }
    for (const formatter of formatters.values()) formatter?.dispose();
  }
}

/** One test under the debugger, after consent. */
export async function debugTest(
  services: TestRunServices,
  testUri: vscode.Uri,
  test: TestCase,
): Promise<void> {
  const uri = await formatterUri(services, testUri, test);
  const isReadable = uri && "text" in (await services.readFile(uri));
  if (!uri || isReadable !== true) void notify("warning", missingText(test, uri));
  else await services.debug.start(uri, test.kind, test.input, profileOf(services, uri));
}

async function runOne(
  run: vscode.TestRun,
  item: vscode.TestItem,
  test: TestCase,
  formatter: Formatter,
  uri: vscode.Uri,
): Promise<void> {
  const { failure, milliseconds, remarks } = await runTestCase(formatter, test);
  for (const finding of runtimeFindings({ result: undefined, milliseconds, remarks })) {
    run.appendOutput(`${visible(finding.message)}\r\n`, undefined, item);
  }
  if (failure) run.failed(item, diffOf(item, failure, uri), milliseconds);
  else run.passed(item, milliseconds);
}

/** At the line of the formatter that threw, otherwise at the test. */
function diffOf(
  item: vscode.TestItem,
  { message: text, expected, actual, place }: TestFailure,
  uri: vscode.Uri,
): vscode.TestMessage {
  const found = vscode.TestMessage.diff(visible(text), expected, actual);
  if (place) {
    const position = new vscode.Position(
      Math.max(0, place.line - 1),
      Math.max(0, place.column - 1),
    );
    found.location = new vscode.Location(uri, position);
  } else if (item.uri && item.range) found.location = new vscode.Location(item.uri, item.range);
  return found;
}

async function load(services: TestRunServices, uri: vscode.Uri): Promise<Formatter | undefined> {
  const read = await services.readFile(uri);
  if ("problem" in read) return undefined;
  return services.createFormatter(read.text, { profile: profileOf(services, uri) });
}

function profileOf({ workbench }: TestRunServices, uri: vscode.Uri): ServerProfile {
  const address = uri.toString();
  return workbench.bindings.find(({ source }) => source === address)?.profile ?? "2025";
}

function missingText({ formatter }: TestCase, uri: vscode.Uri | undefined): string {
  if (uri) return `No such formatter: ${visible(vscode.workspace.asRelativePath(uri), 200)}.`;
  if (formatter === undefined)
    return 'The tests name no "formatter", and not one file beside them has the function.';
  return `The formatter ${visible(formatter, 200)} is outside of the workspace.`;
}

function message(text: string | vscode.MarkdownString): vscode.TestMessage {
  return new vscode.TestMessage(text);
}
