/** What acts by files of the workspace works in trusted ones only: says so where a command may not act, and shows the way. */
import * as vscode from "vscode";
import { notify } from "../views/notices";
import type { CommandServices } from "./services";

const manage = "Manage Workspace Trust";

export function mayRunFormatters(services: CommandServices): Promise<boolean> {
  return isTrusted(
    services,
    "Payload formatters are programs of the workspace. They run only where you trust it.",
  );
}

export function mayUseDownlinkFiles(services: CommandServices): Promise<boolean> {
  return isTrusted(
    services,
    "A downlink file of the workspace decides what your end devices do. It is sent or copied only where you trust the workspace.",
  );
}

async function isTrusted({ formatterSettings }: CommandServices, reason: string): Promise<boolean> {
  if (formatterSettings.isAllowed) return true;
  const chosen = await notify("information", reason, manage);
  if (chosen === manage) await vscode.commands.executeCommand("workbench.trust.manage");
  return false;
}
