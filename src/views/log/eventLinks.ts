/** Makes the `e41` at the end of a line of the event channel open the message, and `d41` the comparison of its results. */
import * as vscode from "vscode";
import { eventLanguage } from "./eventChannel";
import { eventLinkAtEnd } from "./eventLine";
import { comparisonLinkAtEnd } from "./localLine";
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
    const message = eventLinkAtEnd.exec(text);
    const match = message ?? comparisonLinkAtEnd.exec(text);
    if (!match) continue;
    const start = range.end.translate(0, 1 - match[0].length);
    const id = Number(match[1]);
    const link = new vscode.DocumentLink(
      new vscode.Range(start, range.end),
      message ? messageUri(id) : comparisonUri(id),
    );
    link.tooltip = message ? "Open this message as JSON" : "Compare with the server";
    links.push(link);
  }
  return links;
}

function comparisonUri(eventId: number): vscode.Uri {
  return vscode.Uri.from({
    ...{ scheme: "command", path: "thethingsstack.formatter.compare" },
    query: JSON.stringify([eventId]),
  });
}
