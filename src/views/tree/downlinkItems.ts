/** The row of a downlink of ours: how it stands, in a word and an icon. A click opens the downlink panel. */
import * as vscode from "vscode";
import { currentState, type DownlinkState } from "../../model/downlinkVerdict";
import { shortCorrelationId } from "../../stack/correlation";
import { titleOf } from "../downlink/downlinkRows";
import { formatterNotes } from "../downlink/downlinkWarnings";
import { stateWords, verdictText } from "../downlink/downlinkWords";
import { clockTime, duration } from "../times";
import { plainRow } from "./plainRow";
import { treeItemId, type DownlinkNode } from "./treeNodes";

const { ThemeIcon, ThemeColor } = vscode;

/** Characters of a payload. */
const maximumPayload = 60;

export function downlinkItem(node: DownlinkNode, now: number): vscode.TreeItem {
  const { parent, tracked } = node;
  const { downlink, steps, correlationId } = tracked;
  const state = currentState(tracked);
  const { word } = stateWords[state];
  const since = steps.findLast((step) => step.state === state)?.at ?? now;
  const payload = cut(titleOf(downlink));
  const details = `${payload} on FPort ${downlink.fPort}, id ${shortCorrelationId(correlationId)}`;
  const item = plainRow({
    label: `Downlink ${word}`,
    description: `${duration(now - since)} · ${details}`,
    tooltip: [
      `Downlink ${details}`,
      verdictText(tracked),
      ...formatterNotes(tracked),
      "",
      ...steps.slice(-maximumSteps).map((each) => {
        return `${clockTime(each.at)} ${each.state === "publishing" ? "composed" : stateWords[each.state].word}`;
      }),
    ],
    spoken: `Downlink ${details}: ${verdictText(tracked)}, ${duration(now - since)} ago`,
  });
  item.id = treeItemId(node);
  item.iconPath = icons[state];
  item.contextValue = "downlink";
  item.command = {
    command: "thethingsstack.downlink.compose",
    title: "Open Downlink Panel",
    arguments: [parent],
  };
  return item;
}

const maximumSteps = 12;

function cut(text: string): string {
  return text.length <= maximumPayload ? text : `${text.slice(0, maximumPayload)}…`;
}

const waiting = new ThemeIcon("clock", new ThemeColor("charts.blue"));
const doubtful = new ThemeIcon("question", new ThemeColor("list.warningForeground"));
const failed = new ThemeIcon("error", new ThemeColor("list.errorForeground"));

const icons: Readonly<Record<DownlinkState, vscode.ThemeIcon>> = {
  publishing: new ThemeIcon("arrow-up"),
  published: new ThemeIcon("arrow-up"),
  notPublished: failed,
  unknown: doubtful,
  noAnswer: doubtful,
  queued: waiting,
  notKnown: doubtful,
  superseded: new ThemeIcon("circle-slash"),
  sent: new ThemeIcon("radio-tower", new ThemeColor("charts.blue")),
  notAcknowledged: new ThemeIcon("warning", new ThemeColor("list.warningForeground")),
  acknowledged: new ThemeIcon("pass", new ThemeColor("charts.green")),
  failed,
};
