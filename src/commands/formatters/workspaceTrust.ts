/** Payload formatters run in trusted workspaces only: says so where a command needs one that may not run. */
import * as vscode from "vscode";
import type { CommandServices } from "../services";

const manage = "Manage Workspace Trust";

export async function mayRunFormatters({ formatterSettings }: CommandServices): Promise<boolean> {
  if (formatterSettings.isAllowed) return true;
  const chosen = await vscode.window.showInformationMessage(
    "Payload formatters are programs of the workspace. They run only where you trust it.",
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand("workbench.trust.manage");
  return false;
}
