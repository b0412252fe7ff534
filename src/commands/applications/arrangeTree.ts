/** Order and filter of the tree. */
import * as vscode from "vscode";
import type { Command } from "../services";

export const sortByName: Command = (services) => () => {
  services.tree.setSortOrder("name");
  services.contextKeys.set("sortedByLastHeard", false);
};

export const sortByLastHeard: Command = (services) => () => {
  services.tree.setSortOrder("lastHeard");
  services.contextKeys.set("sortedByLastHeard", true);
};

/** Filters while one types; Escape brings the former filter back. */
export const filterApplications: Command = (services) => async () => {
  const { tree, contextKeys } = services;
  const before = tree.filter;
  const box = vscode.window.createInputBox();
  box.title = "Filter End Devices";
  box.prompt = "Part of a device id, DevEUI, DevAddr or of the last decoded values";
  box.value = before;
  const text = await new Promise<string>((resolve) => {
    box.onDidChangeValue((value) => tree.setFilter(value));
    box.onDidAccept(() => resolve(box.value));
    box.onDidHide(() => resolve(before));
    box.show();
  });
  box.dispose();
  tree.setFilter(text);
  contextKeys.set("isFiltered", tree.filter !== "");
};

export const clearFilter: Command = (services) => () => {
  services.tree.setFilter("");
  services.contextKeys.set("isFiltered", false);
};
