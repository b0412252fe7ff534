/** Tests of payload formatters in the Test Explorer: finds their files, reads one when it is opened or run. */
import * as vscode from "vscode";
import { testFileEnding } from "../../formatters/testCases/testCaseFile";
import { foreignNames, isForeign } from "../../formatters/testCases/testFormatter";
import type { TestCase, TestFile } from "../../formatters/testCases/testCase";
import { plainLabel, visible } from "../../stack/visible";
import { debugTest, runTests, type TestRunServices } from "./testExplorerRun";
import { moreOf } from "../../util/counted";

/** Our own files, the codec files of the device repository, and lists of examples of other tools. */
const pattern = `**/{*${testFileEnding},*codec.yaml,*codec.yml,${foreignNames}}`;
const excluded = "**/{node_modules,.git}/**";
const maximumFiles = 500;

export interface TestExplorerServices extends TestRunServices {
  /** False in Restricted Mode. */
  readonly isAllowed: () => boolean;
  readonly log: (line: string) => void;
}

export class TestExplorer implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable;
  private controller: vscode.TestController | undefined;
  private watcher: vscode.Disposable | undefined;
  /** By the id of a test. */
  private readonly cases = new Map<string, TestCase>();

  constructor(private readonly services: TestExplorerServices) {
    const restart = () => void this.discover();
    this.subscriptions = vscode.Disposable.from(
      vscode.workspace.onDidGrantWorkspaceTrust(restart),
      vscode.workspace.onDidChangeWorkspaceFolders(restart),
    );
    restart();
  }

  dispose(): void {
    this.watcher?.dispose();
    this.controller?.dispose();
    this.subscriptions.dispose();
  }

  /** Without a test file there is no controller, for with one VS Code shows its Testing view to everybody. */
  private async discover(): Promise<void> {
    if (!this.services.isAllowed() || !vscode.workspace.workspaceFolders?.length) return;
    this.watcher ??= this.watch();
    const files = await vscode.workspace.findFiles(pattern, excluded, maximumFiles);
    if (files.length === maximumFiles) {
      this.services.log(`only the first ${maximumFiles} files with formatter tests are shown`);
    }
    for (const uri of files) await this.addIfTests(uri);
  }

  /** A file with a common name is shown only when tests are in it. */
  private async addIfTests(uri: vscode.Uri): Promise<void> {
    const isUnsure = isForeign(uri.path.split("/").at(-1) ?? "") && !isExcluded(uri);
    if (isUnsure && (await this.testsIn(uri)).cases.length === 0) return;
    this.add(uri);
  }

  private watch(): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    watcher.onDidCreate((uri) => void this.addIfTests(uri));
    watcher.onDidChange((uri) => void this.refresh(uri));
    watcher.onDidDelete((uri) => this.remove(uri));
    return watcher;
  }

  private add(uri: vscode.Uri): vscode.TestItem | undefined {
    if (isExcluded(uri)) return undefined;
    const { items } = (this.controller ??= this.createController());
    const id = uri.toString();
    const known = items.get(id);
    if (known || items.size >= maximumFiles) return known;
    const label = plainLabel(vscode.workspace.asRelativePath(uri), 200);
    const item = this.controller.createTestItem(id, label, uri);
    item.canResolveChildren = true;
    items.add(item);
    return item;
  }

  private remove(uri: vscode.Uri): void {
    const id = uri.toString();
    const item = this.controller?.items.get(id);
    if (item) this.forget(item);
    this.controller?.items.delete(id);
  }

  /** Only a file that was read before is read again. */
  private async refresh(uri: vscode.Uri): Promise<void> {
    const item = this.controller?.items.get(uri.toString());
    if (!item) await this.addIfTests(uri);
    else if (item.children.size > 0 || item.error !== undefined) await this.read(item);
  }

  private createController(): vscode.TestController {
    const controller = vscode.tests.createTestController(
      "thethingsstack.formatters",
      "Payload Formatters",
    );
    controller.resolveHandler = async (item) => {
      if (item) await this.read(item);
    };
    controller.refreshHandler = () => this.discover();
    const { Run, Debug } = vscode.TestRunProfileKind;
    controller.createRunProfile("Run", Run, (request, token) => this.run(request, token), true);
    controller.createRunProfile("Debug", Debug, (request) => this.debug(request), true);
    return controller;
  }

  /** Reads a file into its tests. Its problems are the error of its row. */
  private async read(file: vscode.TestItem): Promise<void> {
    const { controller } = this;
    if (!file.uri || !controller) return;
    const { cases, problems } = await this.testsIn(file.uri);
    this.forget(file);
    const counts = new Map<string, number>();
    const items = cases.map((test) => {
      // Names need not differ; a test keeps its id while others are added behind it.
      const count = (counts.get(test.name) ?? 0) + 1;
      counts.set(test.name, count);
      const id = JSON.stringify([file.id, test.name, count]);
      // Not as the description: screen readers would say it in the place of the name.
      const kind = test.kind === "decodeUplink" ? "" : ` (${test.kind})`;
      const label = plainLabel(test.name, 200) + kind;
      const item = controller.createTestItem(id, label, file.uri);
      item.range = new vscode.Range(test.line - 1, 0, test.line - 1, 0);
      this.cases.set(id, test);
      return item;
    });
    file.children.replace(items);
    const [first] = problems;
    file.error =
      first && `Line ${first.line}: ${visible(first.text, 300)}${moreOf(problems.length)}`;
  }

  private async testsIn(uri: vscode.Uri): Promise<TestFile> {
    const read = await this.services.readFile(uri);
    if ("problem" in read) return { cases: [], problems: [{ line: 1, text: read.problem }] };
    const { readTestFile } = await import("../../formatters/reader/reader"); // a bundle of its own
    return readTestFile(read.text, uri.path.endsWith(".json") ? "json" : "yaml");
  }

  private forget(file: vscode.TestItem): void {
    file.children.forEach(({ id }) => this.cases.delete(id));
    file.children.replace([]);
  }

  private async run(
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
  ): Promise<void> {
    if (!this.controller) return;
    const run = this.controller.createTestRun(request);
    try {
      await runTests(this.services, run, await this.chosen(request), this.cases, token);
    } finally {
      run.end();
    }
  }

  /** A debugger follows one test: the first that was chosen. */
  private async debug(request: vscode.TestRunRequest): Promise<void> {
    const [first] = (await this.chosen(request)).flatMap(({ tests }) => tests);
    const test = first && this.cases.get(first.id);
    if (test && first.uri) await debugTest(this.services, first.uri, test);
  }

  /** The tests of the request by their files; files that were not opened yet are read. */
  private async chosen({ include, exclude = [] }: vscode.TestRunRequest) {
    const files = new Map<vscode.TestItem, vscode.TestItem[]>();
    for (const item of include ?? itemsOf(this.controller?.items)) {
      const file = item.parent ?? item;
      if (item === file && item.children.size === 0) await this.read(item);
      const tests = item === file ? itemsOf(item.children) : [item];
      files.set(file, [...(files.get(file) ?? []), ...tests]);
    }
    return [...files].map(([file, tests]) => ({
      file,
      tests: tests.filter((test) => !exclude.includes(test) && !exclude.includes(file)),
    }));
  }
}

function isExcluded(uri: vscode.Uri): boolean {
  return /\/(?:node_modules|\.git)\//.test(uri.path);
}

function itemsOf(items: vscode.TestItemCollection | undefined): vscode.TestItem[] {
  const found: vscode.TestItem[] = [];
  items?.forEach((item) => found.push(item));
  return found;
}
