/** The rows of a connection check: what was found at each step, and what to do about it. */
import * as vscode from "vscode";
import { summarizeCheck, type CheckState } from "../../model/checkSteps";
import { visible } from "../../stack/visible";
import { plainRow } from "./plainRow";
import { treeItemId, type CheckNode, type CheckStepNode } from "./treeNodes";

const { TreeItemCollapsibleState, ThemeIcon, ThemeColor } = vscode;

export function checkItem(node: CheckNode): vscode.TreeItem {
  const { parent } = node;
  const summary = visible(summarizeCheck(parent.application.check ?? []), 200);
  const item = plainRow({
    label: "Connection check",
    state: TreeItemCollapsibleState.Expanded,
    description: summary,
    tooltip: [summary],
    spoken: `Connection check: ${summary}`,
  });
  item.id = treeItemId(node);
  item.iconPath = new ThemeIcon("checklist");
  item.contextValue = "check";
  return item;
}

export function checkStepItem(node: CheckStepNode): vscode.TreeItem {
  const { parent, step } = node;
  const text = [visible(step.detail, 300), step.fix ?? ""].filter((part) => part !== "").join(". ");
  const state = `${step.title}: ${words[step.state]}`;
  const item = plainRow({
    label: step.title,
    description: text,
    tooltip: text === "" ? [state] : [state, text],
    spoken: `${state}. ${text}`,
  });
  item.id = treeItemId(node);
  item.iconPath = icons[step.state];
  item.contextValue = "checkStep";
  if (step.action) {
    item.command = {
      command: `thethingsstack.application.${step.action}`,
      title: step.fix ?? step.title,
      arguments: [parent],
    };
  }
  return item;
}

const icons: Readonly<Record<CheckState, vscode.ThemeIcon>> = {
  waiting: new ThemeIcon("circle-outline"),
  running: new ThemeIcon("loading~spin"),
  ok: new ThemeIcon("pass", new ThemeColor("charts.green")),
  warning: new ThemeIcon("warning", new ThemeColor("list.warningForeground")),
  failed: new ThemeIcon("error", new ThemeColor("list.errorForeground")),
  unknown: new ThemeIcon("question"),
  skipped: new ThemeIcon("circle-slash"),
};

const words: Readonly<Record<CheckState, string>> = {
  waiting: "not checked yet",
  running: "being checked",
  ok: "right",
  warning: "usable, with a limit",
  failed: "wrong",
  unknown: "cannot be known",
  skipped: "not checked",
};
