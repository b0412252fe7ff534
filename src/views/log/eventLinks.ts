/** Makes the `e41` behind the time of an event line open the message, and `d41` the comparison of its results. */
import * as vscode from "vscode";
import { eventLanguage } from "./eventChannel";
import { eventLinkIn } from "./eventLine";
import { comparisonLinkIn } from "./localLine";
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
    const { text } = document.lineAt(line);
    const message = eventLinkIn.exec(text);
    const match = message ?? comparisonLinkIn.exec(text);
    if (!match) continue;
    const [whole, word = ""] = match;
    const end = whole.trimEnd().length;
    const id = Number(match[2]);
    const link = new vscode.DocumentLink(
      new vscode.Range(line, end - word.length, line, end),
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
