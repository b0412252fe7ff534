/** What bound formatters say about frames, in the Problems panel at the line that says it. */
import * as vscode from "vscode";
import { builtInFormatter } from "../../formatters/workbench/bindings";
import { decodingEntry, findEntries } from "../../formatters/script/entries";
import type { FrameProblem } from "../../formatters/workbench/report";
import type { Workbench } from "../../formatters/workbench/workbench";

export class FormatterProblems implements vscode.Disposable {
  private readonly collection: vscode.DiagnosticCollection;
  private readonly subscription: { dispose(): void };

  constructor(private readonly workbench: Workbench) {
    this.collection = vscode.languages.createDiagnosticCollection("thethingsstack-frames");
    this.subscription = workbench.onDidChange(() => this.update());
  }

  dispose(): void {
    this.subscription.dispose();
    this.collection.dispose();
  }

  private update(): void {
    const sources = new Set(this.workbench.bindings.map(({ source }) => source));
    sources.delete(builtInFormatter);
    const entries = [...sources].map(
      (source) => [vscode.Uri.parse(source), this.diagnostics(source)] as const,
    );
    const isNew = (uri: vscode.Uri) => sources.has(uri.toString());
    this.collection.forEach((uri) => {
      if (!isNew(uri)) this.collection.delete(uri);
    });
    for (const [uri, diagnostics] of entries) this.collection.set(uri, diagnostics);
  }

  private diagnostics(source: string): vscode.Diagnostic[] {
    const lines = (this.workbench.text(source) ?? "").split("\n");
    return (this.workbench.report(source)?.problems ?? []).map((problem) => {
      const diagnostic = new vscode.Diagnostic(
        rangeOf(problem, lines),
        problem.text,
        severities[problem.severity],
      );
      diagnostic.source = "The Things Stack";
      return diagnostic;
    });
  }
}

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
} as const;

/** From its place to the end of the line, or the name of the function when the place is not known. */
function rangeOf({ place }: FrameProblem, lines: readonly string[]): vscode.Range {
  if (place) {
    const line = Math.min(place.line, lines.length) - 1;
    const end = (lines[line] ?? "").trimEnd().length;
    const start = Math.min(Math.max(0, place.column - 1), Math.max(0, end - 1));
    return new vscode.Range(line, start, line, end);
  }
  const entry = decodingEntry(findEntries(lines.join("\n")));
  if (!entry) return new vscode.Range(0, 0, 0, 0);
  const line = entry.line - 1;
  const start = Math.max(0, (lines[line] ?? "").indexOf(entry.name));
  return new vscode.Range(line, start, line, start + entry.name.length);
}
