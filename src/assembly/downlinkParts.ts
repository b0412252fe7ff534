/** Puts together the downlink panel and what tells of downlinks beside it. */
import type * as vscode from "vscode";
import type { Connections } from "../connections/connections";
import type { Workbench } from "../formatters/workbench/workbench";
import type { Model } from "../model/model";
import type { Clock } from "../util/clock";
import type { DiagnosticsLog } from "../views/diagnosticsLog";
import { DownlinkNotices } from "../views/downlink/downlinkNotices";
import { DownlinkPanels } from "../views/downlink/downlinkPanel";
import type { EventChannel } from "../views/log/eventChannel";
import { downlinkPanelServices } from "./downlinkPanelBridge";

/** @param own takes what must be disposed of at the end */
export function downlinkParts(
  parts: {
    readonly context: vscode.ExtensionContext;
    readonly model: Model;
    readonly connections: Connections;
    readonly eventChannel: EventChannel;
    readonly diagnostics: DiagnosticsLog;
    readonly workbench: Workbench;
    readonly clock: Clock;
  },
  own: <T extends vscode.Disposable>(part: T) => T,
): DownlinkPanels {
  const services = downlinkPanelServices(parts);
  const panels = own(new DownlinkPanels(parts.context.extensionUri, services));
  own(new DownlinkNotices(parts.model.downlinks, panels, parts.clock));
  return panels;
}
