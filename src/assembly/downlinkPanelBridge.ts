/** Gives the downlink panel what it may know and do: targets, tracked downlinks, and sending with consent. */
import * as vscode from "vscode";
import { consentToDownlink } from "../commands/consents";
import { copySource, downlinkSource } from "../commands/events/copyAs";
import type { Connections } from "../connections/connections";
import type { Workbench } from "../formatters/workbench/workbench";
import type { Application } from "../model/application";
import { downlinkEvidence } from "../model/downlinkEvidence";
import type { Model } from "../model/model";
import type { DiagnosticsLog } from "../views/diagnosticsLog";
import type {
  DownlinkPanelServices,
  DownlinkTarget,
} from "../views/downlink/downlinkPanelServices";
import { downlinkFacts } from "../views/downlink/downlinkFacts";
import type { EventChannel } from "../views/log/eventChannel";
import { everyEvent } from "../views/log/eventSelection";
import { sayBriefly } from "../views/notices";
import { duration } from "../views/times";

/** End devices offered in the page's list, the latest first; any other id can be typed. */
const maximumDevices = 500;

export function downlinkPanelServices(parts: {
  readonly model: Model;
  readonly connections: Connections;
  readonly eventChannel: EventChannel;
  readonly diagnostics: DiagnosticsLog;
  readonly workbench: Workbench;
}): DownlinkPanelServices {
  const { model, connections, eventChannel, diagnostics } = parts;
  return {
    targets: () => model.applications.map(targetOf),
    onDidChangeTargets: (listener) =>
      model.onDidChange((change) => {
        if (change.endDevice === undefined || change.isNewDevice) listener(change);
      }),
    device: (applicationKey, deviceId) => downlinkFacts(model, applicationKey, deviceId),
    onDidHear: (listener) =>
      model.onDidChange(({ application, endDevice }) => {
        if (!application || !endDevice) return;
        listener({ applicationKey: application.key, deviceId: endDevice.deviceId });
      }),
    tracked: (applicationKey, deviceId) => model.downlinks.of(applicationKey, deviceId),
    onDidChangeTracked: model.downlinks.onDidChange,
    async send(applicationKey, input, createId, waiting) {
      const application = model.application(applicationKey);
      if (!application) return { problem: "This application is no longer there." };
      if (!(await consentToDownlink(application, input))) return { problem: "Nothing was sent." };
      const result = await connections.send(applicationKey, input, createId, waiting);
      // The panel may be closed by now, which cancels what waits.
      if ("problem" in result && result.isCancelled === true)
        sayBriefly("Cancelled: nothing was sent", 8);
      return "sent" in result ? { sent: true } : result;
    },
    evidence: (applicationKey, deviceId) => downlinkEvidence(model, applicationKey, deviceId),
    prepare: (applicationKey) => connections.learnRights(applicationKey),
    check(applicationKey) {
      void vscode.commands.executeCommand("thethingsstack.application.check", applicationKey);
    },
    localEncoder: parts.workbench,
    copy: (text) => void vscode.env.clipboard.writeText(text),
    copyAs(applicationKey, deviceId, downlink) {
      const application = model.application(applicationKey);
      if (application) void copySource(downlinkSource({ application, deviceId }, downlink));
    },
    openEvents(applicationKey, deviceId) {
      eventChannel.select({ ...everyEvent, focus: { applicationKey, deviceId } });
      eventChannel.show();
    },
    log: (text) => diagnostics.warn(text),
  };
}

function targetOf(application: Application): DownlinkTarget {
  const { settings } = application;
  const now = Date.now();
  const devices = [...application.endDevices.values()]
    .sort((a, b) => b.lastEventAt - a.lastEventAt)
    .slice(0, maximumDevices);
  return {
    applicationKey: application.key,
    applicationUid: settings.application,
    label: application.label,
    server: `${settings.host}:${settings.port}`,
    connected: application.connection.phase === "connected",
    isDemo: application.isDemo,
    production: settings.production === true,
    mayNotSend: application.keyRights?.mayWrite === false,
    devices: devices.map((device) => ({
      deviceId: device.deviceId,
      detail: `heard ${duration(now - (device.lastHeardAt ?? device.lastEventAt))} ago`,
    })),
  };
}
