/** The one place that makes rows of the tree: whatever a text holds, a row is one line and hides nothing. */
import * as vscode from "vscode";
import { visible } from "../../stack/visible";

export interface RowTexts {
  readonly label: string;
  readonly state?: vscode.TreeItemCollapsibleState;
  readonly description?: string;
  /** A line each. */
  readonly tooltip?: readonly string[];
  /** What screen readers say instead of label and description. */
  readonly spoken?: string;
}

export function plainRow({
  label,
  state,
  description,
  tooltip,
  spoken,
}: RowTexts): vscode.TreeItem {
  const item = new vscode.TreeItem(visible(label), state ?? vscode.TreeItemCollapsibleState.None);
  if (description !== undefined) item.description = visible(description);
  if (tooltip) item.tooltip = tooltip.map((line) => visible(line)).join("\n");
  if (spoken !== undefined) item.accessibilityInformation = { label: visible(spoken) };
  return item;
}
