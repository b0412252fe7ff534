/** Above the functions of a formatter: what it makes of the frames, or the offer to bind it. Only in files that have one. */
import * as vscode from "vscode";
import { decodingEntry, findEntries, type Entry } from "../../formatters/script/entries";
import type { Workbench } from "../../formatters/workbench/workbench";
import { latestText, reportParts } from "./reportText";

const languages = ["javascript", "javascriptreact"].map((language) => ({ language }));
const setting = "thethingsstack.codeLens.enabled";
/** Other programs have a `Decoder`, too: theirs takes no port. */
const portParameter = /^\w+\s*(?:=\s*(?:async\s*)?(?:function\b[^(]*)?)?\(\s*\w+\s*,\s*f?port\b/i;

export class FormatterLens implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changeEmitter.event;
  private readonly disposables: { dispose(): void }[];

  constructor(
    private readonly workbench: Workbench,
    /** False in Restricted Mode, where nothing is offered that cannot be done. */
    private readonly isAllowed: () => boolean,
  ) {
    const refresh = () => this.changeEmitter.fire();
    this.disposables = [
      this.changeEmitter,
      vscode.languages.registerCodeLensProvider(languages, this),
      workbench.onDidChange(refresh),
      vscode.workspace.onDidGrantWorkspaceTrust(refresh),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(setting)) refresh();
      }),
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const isEnabled = vscode.workspace.getConfiguration().get<unknown>(setting) !== false;
    if (!isEnabled || !this.isAllowed()) return [];
    const text = document.getText();
    const entries = findEntries(text);
    const source = document.uri.toString();
    const report = this.workbench.report(source);
    if (!report) return this.offer(document, text, entries);
    const decoder = decodingEntry(entries);
    if (!decoder) return [];
    const range = rangeOf(document, decoder);
    const lens = (title: string, command: string, tooltip: string, ...rest: unknown[]) =>
      new vscode.CodeLens(range, {
        ...{ title, tooltip, command: `thethingsstack.formatter.${command}` },
        arguments: rest,
      });
    const lenses = reportParts(report).map((part) =>
      lens(part.text, "showFrames", "List these frames", source, part.frames),
    );
    const latest = latestText(report);
    if (latest === undefined)
      return [lens(this.waitingText(source), "editBindings", "Open the setting")];
    const id = report.latest?.frame.eventId;
    return [...lenses, lens(latest, "compare", "Open the result of the latest frame", id)];
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private offer(
    document: vscode.TextDocument,
    text: string,
    entries: readonly Entry[],
  ): vscode.CodeLens[] {
    const first = entries.find(
      ({ name, offset }) =>
        !name.endsWith("coder") || portParameter.test(text.slice(offset, offset + 200)),
    );
    if (!first || !vscode.workspace.getWorkspaceFolder(document.uri)) return [];
    const command = {
      title: "Bind to an application…",
      tooltip: "Run this payload formatter on the uplinks of an application's end devices",
      command: "thethingsstack.formatter.bind",
      arguments: [document.uri.toString()],
    };
    return [new vscode.CodeLens(rangeOf(document, first), command)];
  }

  private waitingText(source: string): string {
    const own = this.workbench.bindings.filter((each) => each.source === source);
    const [first] = own;
    if (!first) return "";
    const devices = first.devices === "*" ? "any end device" : first.devices;
    const more = own.length > 1 ? ` and ${own.length - 1} more` : "";
    return `No frames yet: bound to ${devices} of ${first.application}${more}`;
  }
}

function rangeOf(document: vscode.TextDocument, { name, offset }: Entry): vscode.Range {
  return new vscode.Range(document.positionAt(offset), document.positionAt(offset + name.length));
}
