/** Entry point: constructs the parts, connects them and returns the API. No logic of its own. */
import * as vscode from "vscode";
import { createApi, type ExplorerApi } from "./api";
import { readCaFile } from "./commands/applications/caFile";
import { registerCommands } from "./commands/index";
import { Connections } from "./connections/connections";
import { DemoApplication } from "./demo/demoApplication";
import { downlinkParts } from "./assembly/downlinkParts";
import { createFormatter, formatterParts } from "./assembly/formatterParts";
import { keepEventSelection } from "./assembly/keepEventSelection";
import { watchKeyring } from "./assembly/keyringWatch";
import { Model } from "./model/model";
import { applicationKey } from "./stack/applicationSettings";
import { answerTimeout, downlinksPerMinute, readSettings } from "./storage/settings";
import { openStores } from "./storage/stores";
import { systemClock } from "./util/clock";
import { ContextKeys } from "./views/contextKeys";
import { DiagnosticsLog } from "./views/diagnosticsLog";
import { registerDownlinkFiles } from "./views/downlinkFiles/downlinkFiles";
import { decodedHere } from "./views/formatters/decodedHere";
import { FailureNotices } from "./views/failureNotices";
import { EventChannel } from "./views/log/eventChannel";
import { registerEventLinks } from "./views/log/eventLinks";
import { MessageDocuments } from "./views/log/messageDocuments";
import { StatusBar } from "./views/statusBar";
import { ApplicationsTree } from "./views/tree/applicationsTree";
import { TreeArrangement } from "./views/tree/treeArrangement";

/** Set while active; `deactivate` waits for it. */
let shutDown: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): ExplorerApi {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const diagnostics = own(new DiagnosticsLog());
  const settings = readSettings();
  const clock = systemClock;
  const stores = openStores(context, clock, (problem) => diagnostics.warn(problem));
  const { apiKeys, consents } = stores;
  const applications = own(stores.applications);
  const demo = new DemoApplication(createFormatter);
  const model = new Model({
    ...settings,
    onListenerError: (error) => diagnostics.error("a view failed", error),
  });

  const syncApplications = () => model.setApplications(applications.read(), demo.settings);
  syncApplications();
  const log = (line: string) => diagnostics.info(line);
  const connections = new Connections(model, {
    ...{ clock, random: Math.random, readCaFile, downlinksPerMinute, answerTimeout, log },
    readApiKey: (target) => {
      const isDemo = demo.settings && applicationKey(demo.settings) === applicationKey(target);
      return isDemo === true ? Promise.resolve(demo.apiKey) : apiKeys.get(target);
    },
    isPlaintextAllowed: (target) => consents.has(target),
  });
  own(watchKeyring({ secrets: context.secrets, apiKeys, model, connections, clock, log }));
  for (const each of [applications, demo]) own(each.onDidChange(syncApplications));

  const formatters = formatterParts({ context, model, clock, diagnostics }, own);
  const { workbench } = formatters;
  const arrangement = own(new TreeArrangement(context.workspaceState));
  const eventChannel = own(new EventChannel(model, clock, workbench));
  const tree = own(new ApplicationsTree(model, clock, workbench, arrangement, eventChannel));
  const documents = own(new MessageDocuments(model, (entry) => decodedHere(workbench, entry)));
  const contextKeys = own(new ContextKeys({ model, eventChannel, arrangement, workbench }));
  const eventArrangement = keepEventSelection(context.workspaceState, eventChannel, own);
  const panelParts = { context, model, connections, eventChannel, diagnostics, workbench, clock };
  const downlinkPanels = downlinkParts(panelParts, own);
  for (const register of [registerEventLinks, registerDownlinkFiles]) own(register());
  own(new StatusBar(model, clock, eventChannel));
  own(new FailureNotices(model));
  own(
    registerCommands({
      ...{ model, connections, applications, apiKeys, consents, demo },
      ...formatters,
      ...{ tree, arrangement, eventChannel, eventArrangement, documents, downlinkPanels },
      ...{ contextKeys, diagnostics },
    }),
  );

  shutDown = async () => {
    await connections.close();
    await demo.stop();
  };
  for (const application of model.applications) {
    if (application.settings.connectOnStartup === true) connections.connect(application.key);
  }
  if (settings.startDemoOnStartup) void vscode.commands.executeCommand("thethingsstack.demo.start");
  return createApi(model);
}

export async function deactivate(): Promise<void> {
  const end = shutDown;
  shutDown = undefined;
  await end?.();
}
