/** Says what became of a send. The server's own answer comes later, in the tree, the channel and the panel. */
import * as vscode from "vscode";
import type { SendResult } from "../../connections/downlinkSender";
import { shortCorrelationId } from "../../stack/correlation";

export async function reportSend(result: SendResult): Promise<void> {
  if ("problem" in result) {
    await vscode.window.showErrorMessage(result.problem);
    return;
  }
  if ("errors" in result) {
    // Every field was checked while typing, so this names what slipped through.
    const texts = result.errors.map(({ field, message }) => `${field}: ${message}`);
    await vscode.window.showErrorMessage(`Nothing was sent. ${texts.join(" ")}`);
    return;
  }
  const ids = result.sent.downlinks.map(({ correlationId }) => shortCorrelationId(correlationId));
  vscode.window.setStatusBarMessage(
    `$(arrow-down) Downlink ${ids.join(", ")} reached the server; its answer follows in the log`,
    8_000,
  );
}
