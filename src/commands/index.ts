/** The table of all commands, and the one wrapper around each: bugs are logged and said, cancelling is silent. */
import * as vscode from "vscode";
import { addApplication } from "./addApplication";
import { clearFilter, filterApplications, sortByLastHeard, sortByName } from "./arrangeTree";
import {
  filterEvents,
  muteDevice,
  showAllEvents,
  showDeviceEvents,
  showDiagnostics,
  showEvents,
} from "./showEvents";
import { checkApplication, dismissCheck } from "./checkApplication";
import { connectApplication, disconnectApplication } from "./connectApplication";
import { startDemo, stopDemo } from "./demo";
import { copyDiagnostics } from "./copyDiagnostics";
import { composeDownlink } from "./composeDownlink";
import { clearQueue, replaceQueue } from "./downlinkQueue";
import { editApplication } from "./editApplication";
import { copyAs, copyPayload, openMessage } from "./messages";
import { removeApplication } from "./removeApplication";
import { sendDownlink } from "./sendDownlink";
import type { Command, CommandServices } from "./services";
import { setApiKey } from "./setApiKey";

export const commands: Readonly<Record<string, Command>> = {
  "thethingsstack.application.add": addApplication,
  "thethingsstack.application.check": checkApplication,
  "thethingsstack.application.connect": connectApplication,
  "thethingsstack.application.disconnect": disconnectApplication,
  "thethingsstack.application.dismissCheck": dismissCheck,
  "thethingsstack.application.edit": editApplication,
  "thethingsstack.application.remove": removeApplication,
  "thethingsstack.application.setApiKey": setApiKey,
  "thethingsstack.applications.clearFilter": clearFilter,
  "thethingsstack.applications.filter": filterApplications,
  "thethingsstack.applications.sortByLastHeard": sortByLastHeard,
  "thethingsstack.applications.sortByName": sortByName,
  "thethingsstack.demo.start": startDemo,
  "thethingsstack.demo.stop": stopDemo,
  "thethingsstack.diagnostics.copy": copyDiagnostics,
  "thethingsstack.diagnostics.show": showDiagnostics,
  "thethingsstack.downlink.compose": composeDownlink,
  "thethingsstack.downlink.send": sendDownlink,
  "thethingsstack.downlinkQueue.clear": clearQueue,
  "thethingsstack.downlinkQueue.replace": replaceQueue,
  "thethingsstack.log.filter": filterEvents,
  "thethingsstack.log.muteDevice": muteDevice,
  "thethingsstack.log.show": showEvents,
  "thethingsstack.log.showAll": showAllEvents,
  "thethingsstack.log.showDevice": showDeviceEvents,
  "thethingsstack.message.copyAs": copyAs,
  "thethingsstack.message.copyPayload": copyPayload,
  "thethingsstack.message.open": openMessage,
};

export function registerCommands(services: CommandServices): vscode.Disposable {
  const registrations = Object.entries(commands).map(([id, command]) => {
    const run = command(services);
    return vscode.commands.registerCommand(id, async (argument: unknown) => {
      try {
        await run(argument);
      } catch (error) {
        services.diagnostics.error(`${id} failed`, error);
        const chosen = await vscode.window.showErrorMessage(
          "The Things Stack: that did not work. The diagnostics channel has the details.",
          "Show Diagnostics",
        );
        if (chosen !== undefined) services.diagnostics.show();
      }
    });
  });
  return vscode.Disposable.from(...registrations);
}
