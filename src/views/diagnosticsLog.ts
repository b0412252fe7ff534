/** The log channel "The Things Stack Diagnostics": what the extension itself does. Every line is redacted. */
import * as vscode from "vscode";
import { redact } from "../stack/redact";
import { visible } from "../stack/visible";

const maximumLines = 20;

export class DiagnosticsLog implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel("The Things Stack Diagnostics", {
    log: true,
  });

  /** The last lines, for reports. */
  private readonly lines: string[] = [];

  info(text: string): void {
    const line = visible(redact(text));
    this.channel.info(line);
    this.lines.push(`${new Date().toISOString()} ${line}`);
    if (this.lines.length > maximumLines) this.lines.shift();
  }

  latest(): readonly string[] {
    return this.lines;
  }

  warn(text: string): void {
    this.channel.warn(visible(redact(text)));
  }

  /** A bug of ours, with its stack. */
  error(text: string, error: unknown): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.channel.error(`${visible(redact(text))}\n${redact(detail)}`);
  }

  show(): void {
    this.channel.show();
  }

  dispose(): void {
    this.channel.dispose();
  }
}
