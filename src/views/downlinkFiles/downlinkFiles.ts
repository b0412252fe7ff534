/** Which documents are downlink files, and what VS Code shows in them: problems as one types, and what can be done. */
import * as vscode from "vscode";
import { checkDownlinkFile } from "../../stack/downlinkFile/downlinkFileCheck";
import { DisposableStore } from "../../util/disposables";

export const downlinkFilePattern = "**/*.downlink.json";

/** Documents of a comparison's old side have the same name and are only read. */
export function isDownlinkFile(document: vscode.TextDocument): boolean {
  return document.uri.path.endsWith(".downlink.json") && document.uri.scheme !== "git";
}

export function registerDownlinkFiles(): vscode.Disposable {
  const store = new DisposableStore();
  const problems = store.add(vscode.languages.createDiagnosticCollection("thethingsstack"));
  const check = (document: vscode.TextDocument) => {
    if (isDownlinkFile(document)) problems.set(document.uri, diagnosticsOf(document));
  };
  store.add(vscode.workspace.onDidOpenTextDocument(check));
  store.add(vscode.workspace.onDidChangeTextDocument(({ document }) => check(document)));
  store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => problems.delete(uri)));
  store.add(
    vscode.languages.registerCodeLensProvider(
      { pattern: downlinkFilePattern },
      { provideCodeLenses: lensesOf },
    ),
  );
  vscode.workspace.textDocuments.forEach(check);
  return new vscode.Disposable(() => store.dispose());
}

function diagnosticsOf(document: vscode.TextDocument): vscode.Diagnostic[] {
  return checkDownlinkFile(document.getText())
    .problems.filter(({ isInSchema }) => !isInSchema)
    .map(({ start, end, message }) => {
      const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
      const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
      diagnostic.source = "The Things Stack";
      return diagnostic;
    });
}

/** There before the file is right: sending says what is wrong with it. */
function lensesOf(document: vscode.TextDocument): vscode.CodeLens[] {
  if (!isDownlinkFile(document)) return [];
  const top = new vscode.Range(0, 0, 0, 0);
  const lens = (title: string, tooltip: string, verb: string) =>
    new vscode.CodeLens(top, {
      ...{ title, tooltip, arguments: [document.uri] },
      command: `thethingsstack.downlinkFile.${verb}`,
    });
  return [
    lens("$(arrow-down) Send to…", "Choose an end device and send this downlink", "send"),
    lens("Copy As…", "Copy it as a command or a snippet", "copyAs"),
  ];
}
