/** One row of the tree: label, description, icon, tooltip, spoken label and the words that menus match. */
import * as vscode from "vscode";
import { noOutcomes, type LocalOutcomes } from "../../formatters/workbench/localOutcomes";
import { isReadableOnTheWay } from "../../stack/applicationSettings";
import { describe, eventLabel } from "../../stack/describe";
import { visible } from "../../stack/visible";
import { connectionDetails, connectionText, connectionWord } from "../connectionText";
import { deviceFacts } from "./deviceFacts";
import { deviceHealth, deviceMarks, type DeviceHealth } from "./deviceHealth";
import { localMark, localValues } from "./localMarks";
import { eventMark, everyEvent, type EventSelection } from "../log/eventSelection";
import { spokenEvent } from "./spokenEvent";
import { clockTime, duration } from "../times";
import { checkItem, checkStepItem } from "./checkItems";
import { downlinkItem } from "./downlinkItems";
import { plainRow } from "./plainRow";
import {
  treeItemId,
  type ApplicationNode,
  type DeviceNode,
  type EventNode,
  type FactNode,
  type HintNode,
  type TreeNode,
} from "./treeNodes";
import { counted } from "../../util/counted";

const { TreeItemCollapsibleState, ThemeIcon, ThemeColor } = vscode;

export function treeItem(
  node: TreeNode,
  now: number,
  local: LocalOutcomes = noOutcomes,
  shown: EventSelection = everyEvent,
): vscode.TreeItem {
  switch (node.type) {
    case "application":
      return applicationItem(node, now);
    case "device":
      return deviceItem(node, now, local, shown);
    case "fact":
      return factItem(node);
    case "event":
      return eventItem(node, local);
    case "downlink":
      return downlinkItem(node, now);
    case "hint":
      return hintItem(node);
    case "check":
      return checkItem(node);
    case "checkStep":
      return checkStepItem(node);
  }
}

function applicationItem(node: ApplicationNode, now: number): vscode.TreeItem {
  const { application } = node;
  const { settings } = application;
  const marks = [
    application.isDemo ? "demo" : undefined,
    isReadableOnTheWay(settings) ? "PLAINTEXT" : undefined,
    settings.production === true ? "production" : undefined,
    settings.subscribe ? "not subscribed to everything" : undefined,
    connectionText(application, now),
  ].filter((mark) => mark !== undefined);
  const word = connectionWord(application);
  const item = plainRow({
    label: application.label,
    state: TreeItemCollapsibleState.Expanded,
    description: marks.join(" · "),
    tooltip: connectionDetails(application, now),
    spoken: `Application ${application.label}, ${marks.join(", ")}, ${counted(application.endDevices.size, "end device")}`,
  });
  item.id = treeItemId(node);
  item.iconPath = applicationIcons[word];
  item.contextValue = ["application", word, application.isDemo ? "demo" : "stored"].join(" ");
  return item;
}

const applicationIcons = {
  stopped: new ThemeIcon("debug-disconnect"),
  live: new ThemeIcon("radio-tower", new ThemeColor("charts.green")),
  trying: new ThemeIcon("sync~spin"),
  failed: new ThemeIcon("error", new ThemeColor("list.errorForeground")),
} as const;

function deviceItem(
  node: DeviceNode,
  now: number,
  local: LocalOutcomes,
  shown: EventSelection,
): vscode.TreeItem {
  const { device, application } = node;
  const { deviceId } = device;
  const eventsMark = eventMark(shown, { applicationKey: application.key, deviceId });
  const outcome = local.latestOf(node.application.key, device.deviceId);
  const drift = localMark(outcome);
  const observed = observedUntil(node, now);
  const marks = [...deviceMarks(device, observed), ...(drift === undefined ? [] : [drift])];
  if (eventsMark !== undefined) marks.push(eventsMark);
  const heardAt = device.lastHeardAt ?? device.lastEventAt;
  const age = duration(now - heardAt);
  const health = deviceHealth(device, observed);
  const values = (device.lastUplink?.values ?? "") || localValues(outcome);
  const heard = device.lastHeardAt === undefined ? "never heard by radio" : `last heard ${age} ago`;
  const item = plainRow({
    label: device.deviceId,
    state: TreeItemCollapsibleState.Collapsed,
    description: [age, ...marks, values].filter((part) => part !== "").join(" · "),
    tooltip: [
      device.deviceId,
      healthWords[health],
      ...marks,
      "",
      ...deviceFacts(device, now).map(([name, value]) => `${name}: ${value}`),
    ],
    spoken: [`End device ${device.deviceId}`, healthWords[health], heard, ...marks, values]
      .filter((part) => part !== "")
      .join(", "),
  });
  item.id = treeItemId(node);
  item.iconPath = deviceIcons[health];
  item.contextValue = [
    "endDevice",
    device.pendingCount > 0 ? "hasQueue" : "noQueue",
    eventsMark === "events muted" ? "muted" : "audible",
    ...(outcome ? ["decodedHere"] : []),
  ].join(" ");
  return item;
}

/** While there is no connection a quiet device may well be speaking, so it is judged as of the last message. */
function observedUntil({ application }: DeviceNode, now: number): number {
  return application.connection.phase === "connected" ? now : (application.lastMessageAt ?? now);
}

const deviceIcons: Readonly<Record<DeviceHealth, vscode.ThemeIcon>> = {
  failure: new ThemeIcon("error", new ThemeColor("list.errorForeground")),
  rejoining: new ThemeIcon("warning", new ThemeColor("list.warningForeground")),
  overdue: new ThemeIcon("question", new ThemeColor("list.warningForeground")),
  waiting: new ThemeIcon("arrow-circle-down", new ThemeColor("charts.blue")),
  heard: new ThemeIcon("circle-filled", new ThemeColor("charts.green")),
  quiet: new ThemeIcon("circle-outline"),
};

const healthWords: Readonly<Record<DeviceHealth, string>> = {
  failure: "a downlink failed",
  rejoining: "joins again and again",
  overdue: "quiet for longer than usual",
  waiting: "a downlink is waiting",
  heard: "heard",
  quiet: "not heard yet",
};

function factItem(node: FactNode): vscode.TreeItem {
  const item = plainRow({
    label: node.name,
    description: node.value,
    tooltip: [`${node.name}: ${node.value}`],
    spoken: `${node.name} ${node.value}`,
  });
  item.id = treeItemId(node);
  item.contextValue = "fact";
  return item;
}

function eventItem(node: EventNode, local: LocalOutcomes): vscode.TreeItem {
  const { entry } = node;
  const outcome = local.outcome(entry.id);
  const { content } = entry;
  const isMessage = content.kind !== "connection" && content.kind !== "gap";
  const label = isMessage ? eventLabel(content) : "";
  const text = isMessage ? visible(describe(content).replace(/ {2,}/g, "  "), 300) : "";
  const item = plainRow({
    label: `${clockTime(entry.at).slice(0, 8)} ${label}`,
    description: [localMark(outcome), entry.note, text, localValues(outcome)]
      .filter((part) => part !== undefined && part !== "")
      .join("  "),
    tooltip: [`${clockTime(entry.at)} ${label} ${text}`],
    spoken: spokenEvent(entry),
  });
  item.id = treeItemId(node);
  item.iconPath = eventIcons[label] ?? new ThemeIcon("info");
  item.contextValue = outcome ? "event decodedHere" : "event";
  item.command = {
    command: "thethingsstack.message.open",
    title: "Open Message",
    arguments: [node],
  };
  return item;
}

const eventIcons: Readonly<Record<string, vscode.ThemeIcon | undefined>> = {
  UP: new ThemeIcon("arrow-up"),
  NORM: new ThemeIcon("arrow-up"),
  DOWN: new ThemeIcon("arrow-down"),
  JOIN: new ThemeIcon("plug"),
  LOC: new ThemeIcon("location"),
  DATA: new ThemeIcon("server-process"),
  BAD: new ThemeIcon("bracket-error"),
};

function hintItem(node: HintNode): vscode.TreeItem {
  const item = plainRow({ label: node.text, tooltip: [node.text] });
  item.id = treeItemId(node);
  item.iconPath = new ThemeIcon(node.icon);
  item.contextValue = "hint";
  if (node.command) {
    item.command = {
      command: node.command.id,
      title: node.command.title,
      arguments: [node.parent],
    };
  }
  return item;
}
