/** The log channel "The Things Stack Diagnostics": what the extension itself does. Every line is redacted. */
import * as vscode from "vscode";
import { redact } from "../stack/redact";
import { visible } from "../stack/visible";

export class DiagnosticsLog implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel("The Things Stack Diagnostics", {
    log: true,
  });

  info(text: string): void {
    this.channel.info(visible(redact(text)));
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
