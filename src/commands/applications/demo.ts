/** The demo network: a simulated server with simulated end devices inside this window. */
import * as vscode from "vscode";
import { applicationKey } from "../../stack/applicationSettings";
import { showTreeProgress } from "../../views/notices";
import type { Command } from "../services";

export const startDemo: Command = (services) => async () => {
  const settings = await showTreeProgress(() => services.demo.start());
  services.connections.connect(applicationKey(settings));
  services.eventChannel.show();
  await vscode.commands.executeCommand("thethingsstack.applications.focus");
};

export const stopDemo: Command = (services) => async () => {
  await services.demo.stop();
};
