/** The demo network: a simulated server with simulated end devices inside this window. */
import * as vscode from "vscode";
import { applicationKey } from "../../stack/applicationSettings";
import { showTreeProgress } from "../../views/notices";
import type { Command, CommandServices } from "../services";

export const startDemo: Command = (services) => async () => {
  const settings = await showTreeProgress(() => services.demo.start());
  services.connections.connect(applicationKey(settings));
  services.eventChannel.show();
  await vscode.commands.executeCommand("thethingsstack.applications.focus");
};

export const stopDemo: Command = (services) => async () => endDemo(services);

/** Says so in the event channel before the application and its lines' place are gone. */
export async function endDemo({ demo, connections }: CommandServices): Promise<void> {
  const { settings } = demo;
  if (settings) {
    await connections.disconnect(applicationKey(settings), "the demo network was stopped");
  }
  await demo.stop();
}
