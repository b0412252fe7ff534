/** Diagnostics while one types in a bound formatter, and its size in the language status. It reads text and runs nothing. */
import * as vscode from "vscode";
import type { LintFinding } from "../../formatters/lint/lintScript";
import { maximumScript, scriptSize, sizeText } from "../../formatters/lint/lintSize";
import type { Workbench } from "../../formatters/workbench/workbench";
import type { Clock } from "../../util/clock";

/** Milliseconds without a key before the text is looked at. */
const pause = 300;

export class FormatterLint implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("thethingsstack-lint");
  private readonly subscriptions: vscode.Disposable;
  /** Documents that wait for a pause in typing, by address. */
  private readonly waiting = new Map<string, { dispose(): void }>();
  private status: vscode.LanguageStatusItem | undefined;
  private boundKey = "[]";

  constructor(
    private readonly workbench: Pick<Workbench, "bindings" | "onDidChange">,
    private readonly clock: Clock,
  ) {
    this.subscriptions = vscode.Disposable.from(
      this.collection,
      workbench.onDidChange(() => this.followBindings()),
      vscode.workspace.onDidOpenTextDocument((document) => this.check(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.checkSoon(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.forget(document)),
      vscode.window.onDidChangeActiveTextEditor(() => this.showSize()),
    );
    this.followBindings();
  }

  dispose(): void {
    for (const timer of this.waiting.values()) timer.dispose();
    this.waiting.clear();
    this.status?.dispose();
    this.subscriptions.dispose();
  }

  /** The workbench tells of much else, so nothing is done unless the bindings are others. */
  private followBindings(): void {
    const key = JSON.stringify(
      this.workbench.bindings.map(({ source, profile }) => [source, profile]),
    );
    if (key === this.boundKey) return;
    this.boundKey = key;
    this.collection.clear();
    for (const document of vscode.workspace.textDocuments) this.check(document);
    this.showSize();
  }

  private checkSoon(document: vscode.TextDocument): void {
    if (!this.isBound(document)) return;
    const address = document.uri.toString();
    this.waiting.get(address)?.dispose();
    const timer = this.clock.after(pause, () => {
      this.waiting.delete(address);
      this.check(document);
      this.showSize();
    });
    this.waiting.set(address, timer);
  }

  private check(document: vscode.TextDocument): void {
    void this.checkNow(document);
  }

  private async checkNow(document: vscode.TextDocument): Promise<void> {
    const address = document.uri.toString();
    const own = this.workbench.bindings.filter(({ source }) => source === address);
    if (!this.isOpenAndBound(document)) return;
    const { lintText } = await import("../../formatters/reader/reader"); // a bundle of its own
    const { version } = document;
    const text = document.getText();
    const profiles = [...new Set(own.map(({ profile }) => profile))];
    const read = await Promise.all(profiles.map((profile) => lintText(text, profile)));
    const findings = read.flat();
    // It may be closed or changed while this waited; after a change it is looked at again.
    if (!this.isOpenAndBound(document) || document.version !== version) return;
    // Bound as for servers of two versions, a file has most findings twice.
    const byText = new Map(
      findings.map((each) => [JSON.stringify([each.start, each.message]), each]),
    );
    this.collection.set(
      document.uri,
      [...byText.values()].map((each) => diagnosticOf(document, each)),
    );
  }

  private forget(document: vscode.TextDocument): void {
    const address = document.uri.toString();
    this.waiting.get(address)?.dispose();
    this.waiting.delete(address);
    this.collection.delete(document.uri);
  }

  private isOpenAndBound(document: vscode.TextDocument): boolean {
    return !document.isClosed && this.isBound(document);
  }

  private isBound({ uri }: vscode.TextDocument): boolean {
    const address = uri.toString();
    return this.workbench.bindings.some(({ source }) => source === address);
  }

  private showSize(): void {
    const document = vscode.window.activeTextEditor?.document;
    if (!document || !this.isBound(document)) {
      this.status?.dispose();
      this.status = undefined;
      return;
    }
    const selector = { language: document.languageId };
    const id = "thethingsstack.formatterSize";
    this.status ??= vscode.languages.createLanguageStatusItem(id, selector);
    const size = scriptSize(document.getText());
    const isTooLarge = size > maximumScript;
    this.status.selector = selector;
    this.status.name = "Payload Formatter";
    this.status.text = sizeText(size);
    this.status.detail = isTooLarge ? "too large for the server" : "of what the server takes";
    this.status.severity = isTooLarge
      ? vscode.LanguageStatusSeverity.Error
      : vscode.LanguageStatusSeverity.Information;
  }
}

function diagnosticOf(document: vscode.TextDocument, finding: LintFinding): vscode.Diagnostic {
  const { start, end, message, severity, rule } = finding;
  const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
  const { Error, Warning } = vscode.DiagnosticSeverity;
  const diagnostic = new vscode.Diagnostic(range, message, severity === "error" ? Error : Warning);
  diagnostic.source = "The Things Stack";
  diagnostic.code = rule;
  return diagnostic;
}
