/**
 * The one place that speaks in VS Code's notifications, modal questions, progress and status line. Names of files, texts of
 * servers and errors of formatters may stand in all of them: VS Code finds no link, icon or line break there.
 */
import * as vscode from "vscode";
import { plainLabel, plainWords } from "../stack/visible";

export type Severity = "information" | "warning" | "error";

/** Characters of a notification; VS Code itself cuts at 1,000 and would take our last words. */
const maximumNotice = 900;
const maximumLine = 500;
const maximumTitle = 200;

/** Resolves with the button that was pressed, undefined when it was closed. */
export async function notify(
  severity: Severity,
  text: string,
  ...buttons: readonly string[]
): Promise<string | undefined> {
  const words = plainWords(text, maximumNotice);
  switch (severity) {
    case "information":
      return vscode.window.showInformationMessage(words, ...buttons);
    case "warning":
      return vscode.window.showWarningMessage(words, ...buttons);
    case "error":
      return vscode.window.showErrorMessage(words, ...buttons);
  }
}

export interface ModalQuestion {
  readonly question: string;
  /** What stands below it, a line each; an empty one parts paragraphs. */
  readonly lines: readonly string[];
  readonly yes: string;
  /** The way out: Escape and the window's own cross mean it, too. */
  readonly no: string;
}

/** One button means yes and one no; closing the question is the same as no (reliability R11). */
export async function askModal({ question, lines, yes, no }: ModalQuestion): Promise<boolean> {
  const detail = lines.map((line) => plainWords(line, maximumLine)).join("\n");
  const agree: vscode.MessageItem = { title: yes };
  const chosen = await vscode.window.showWarningMessage(
    plainWords(question, maximumTitle),
    { modal: true, detail },
    { title: no, isCloseAffordance: true },
    agree,
  );
  return chosen === agree;
}

/** A few words in the status line that go by themselves. */
export function sayBriefly(text: string, seconds = 5, icon?: string): void {
  const words = plainLabel(text, maximumTitle);
  vscode.window.setStatusBarMessage(
    icon === undefined ? words : `$(${icon}) ${words}`,
    seconds * 1000,
  );
}

export interface Progress {
  /** @param percent how much more of the whole is done */
  readonly report: (message: string | undefined, percent?: number) => void;
  /** The user has had enough. */
  readonly signal: AbortSignal;
}

/** A notification with progress that can be cancelled, for as long as the task runs. */
export async function showProgress<T>(
  title: string,
  task: (progress: Progress) => Promise<T>,
): Promise<T> {
  const location = vscode.ProgressLocation.Notification;
  const options = { location, title: progressWords(title), cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => {
    const cancelling = new AbortController();
    token.onCancellationRequested(() => cancelling.abort());
    return task({
      signal: cancelling.signal,
      report: (message, increment) =>
        progress.report({
          ...(message !== undefined && { message: progressWords(message) }),
          ...(increment !== undefined && { increment }),
        }),
    });
  });
}

/** The moving line at the top of the tree. */
export async function showTreeProgress<T>(task: () => Promise<T>): Promise<T> {
  return vscode.window.withProgress({ location: { viewId: "thethingsstack.applications" } }, task);
}

/** Hidden notifications go into the status bar, which draws icons; the notification would show an escape. */
function progressWords(text: string): string {
  return plainWords(text, maximumTitle).replaceAll("$(", "$ (");
}
