/** Makes the `e41` at the end of a line of the event channel open the message. */
import * as vscode from "vscode";
import { eventLanguage } from "./eventChannel";
import { eventLinkAtEnd } from "./eventLine";
import { messageUri } from "./messageDocuments";

/** VS Code asks anew after every change of the channel, so only the end of a long channel gets links. */
const maximumLines = 2_000;

export function registerEventLinks(): vscode.Disposable {
  return vscode.languages.registerDocumentLinkProvider(
    { language: eventLanguage },
    { provideDocumentLinks: findLinks },
  );
}

function findLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
  const links: vscode.DocumentLink[] = [];
  for (
    let line = Math.max(0, document.lineCount - maximumLines);
    line < document.lineCount;
    line++
  ) {
    const { text, range } = document.lineAt(line);
    const match = eventLinkAtEnd.exec(text);
    if (!match) continue;
    const start = range.end.translate(0, 1 - match[0].length);
    const link = new vscode.DocumentLink(
      new vscode.Range(start, range.end),
      messageUri(Number(match[1])),
    );
    link.tooltip = "Open this message as JSON";
    links.push(link);
  }
  return links;
}
