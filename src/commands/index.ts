/** The table of all commands, and the one wrapper around each: bugs are logged and said, cancelling is silent. */
import * as vscode from "vscode";
import { addApplication } from "./applications/addApplication";
import { addFormatterTest } from "./formatters/addFormatterTest";
import {
  clearFilter,
  filterApplications,
  sortByLastHeard,
  sortByName,
} from "./applications/arrangeTree";
import {
  filterEvents,
  muteDevice,
  unmuteDevice,
  showAllEvents,
  showDeviceEvents,
  showDiagnostics,
  showEvents,
} from "./events/showEvents";
import { checkApplication, dismissCheck } from "./applications/checkApplication";
import { connectApplication, disconnectApplication } from "./applications/connectApplication";
import { startDemo, stopDemo } from "./applications/demo";
import { bindFormatter, editBindings } from "./formatters/bindFormatter";
import { showByteMap } from "./formatters/byteMap";
import { debugFormatter } from "./formatters/debugFormatter";
import { copyDiagnostics } from "./events/copyDiagnostics";
import { composeDownlink } from "./downlinks/composeDownlink";
import { clearQueue, replaceQueue } from "./downlinks/downlinkQueue";
import { editApplication } from "./applications/editApplication";
import { compareWithServer, showFrames } from "./formatters/formatterFrames";
import { copyAs } from "./events/copyAs";
import { manageKeys } from "./applications/manageKeys";
import { copyDevAddr, copyDevEui, copyDeviceId, copyJoinEui } from "./events/copyIds";
import { copyPayload, openMessage, showRawMessage } from "./events/messages";
import { removeApplication } from "./applications/removeApplication";
import { sendDownlink } from "./downlinks/sendDownlink";
import { copyDownlinkFile, sendDownlinkFile } from "./downlinks/sendDownlinkFile";
import { sendToMany } from "./downlinks/sendToMany";
import { notify } from "../views/notices";
import type { Command, CommandServices } from "./services";
import { setApiKey } from "./applications/setApiKey";

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
  "thethingsstack.device.copyDevAddr": copyDevAddr,
  "thethingsstack.device.copyDevEui": copyDevEui,
  "thethingsstack.device.copyId": copyDeviceId,
  "thethingsstack.device.copyJoinEui": copyJoinEui,
  "thethingsstack.diagnostics.copy": copyDiagnostics,
  "thethingsstack.diagnostics.show": showDiagnostics,
  "thethingsstack.downlink.compose": composeDownlink,
  "thethingsstack.downlink.send": sendDownlink,
  "thethingsstack.downlink.sendToMany": sendToMany,
  "thethingsstack.downlinkFile.copyAs": copyDownlinkFile,
  "thethingsstack.downlinkFile.send": sendDownlinkFile,
  "thethingsstack.downlinkQueue.clear": clearQueue,
  "thethingsstack.downlinkQueue.replace": replaceQueue,
  "thethingsstack.formatter.addTest": addFormatterTest,
  "thethingsstack.formatter.bind": bindFormatter,
  "thethingsstack.formatter.byteMap": showByteMap,
  "thethingsstack.formatter.compare": compareWithServer,
  "thethingsstack.formatter.debug": debugFormatter,
  "thethingsstack.formatter.editBindings": editBindings,
  "thethingsstack.formatter.showFrames": showFrames,
  "thethingsstack.keys.manage": manageKeys,
  "thethingsstack.log.filter": filterEvents,
  "thethingsstack.log.muteDevice": muteDevice,
  "thethingsstack.log.unmuteDevice": unmuteDevice,
  "thethingsstack.log.show": showEvents,
  "thethingsstack.log.showAll": showAllEvents,
  "thethingsstack.log.showDevice": showDeviceEvents,
  "thethingsstack.message.copyAs": copyAs,
  "thethingsstack.message.copyPayload": copyPayload,
  "thethingsstack.message.open": openMessage,
  "thethingsstack.message.showRaw": showRawMessage,
};

export function registerCommands(services: CommandServices): vscode.Disposable {
  const registrations = Object.entries(commands).map(([id, command]) => {
    const run = command(services);
    return vscode.commands.registerCommand(id, async (argument: unknown, selected: unknown) => {
      try {
        await run(argument, selected);
      } catch (error) {
        services.diagnostics.error(`${id} failed`, error);
        const chosen = await notify(
          "error",
          "The Things Stack: that did not work. The diagnostics channel has the details.",
          "Show Diagnostics",
        );
        if (chosen !== undefined) services.diagnostics.show();
      }
    });
  });
  return vscode.Disposable.from(...registrations);
}
