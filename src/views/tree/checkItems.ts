/** The rows of a connection check: what was found at each step, and what to do about it. */
import * as vscode from "vscode";
import { summarizeCheck, type CheckState } from "../../model/checkSteps";
import { visible } from "../../stack/visible";
import { treeItemId, type CheckNode, type CheckStepNode } from "./treeNodes";

const { TreeItem, TreeItemCollapsibleState, ThemeIcon, ThemeColor } = vscode;

export function checkItem(node: CheckNode): vscode.TreeItem {
  const { parent } = node;
  const summary = visible(summarizeCheck(parent.application.check ?? []), 200);
  const item = new TreeItem("Connection check", TreeItemCollapsibleState.Expanded);
  item.id = treeItemId(node);
  item.description = summary;
  item.iconPath = new ThemeIcon("checklist");
  item.tooltip = summary;
  item.contextValue = "check";
  item.accessibilityInformation = { label: `Connection check: ${summary}` };
  return item;
}

export function checkStepItem(node: CheckStepNode): vscode.TreeItem {
  const { parent, step } = node;
  const item = new TreeItem(step.title, TreeItemCollapsibleState.None);
  const text = [visible(step.detail, 300), step.fix ?? ""].filter((part) => part !== "").join(". ");
  item.id = treeItemId(node);
  item.description = text;
  item.iconPath = icons[step.state];
  item.tooltip = `${step.title}: ${words[step.state]}${text === "" ? "" : `\n${text}`}`;
  item.contextValue = "checkStep";
  item.accessibilityInformation = { label: `${step.title}: ${words[step.state]}. ${text}` };
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
