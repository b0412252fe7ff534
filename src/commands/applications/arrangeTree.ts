/** Order and filter of the tree. */
import { askText } from "../quickInput";
import type { Command } from "../services";

export const sortByName: Command = (services) => () => {
  services.tree.setSortOrder("name");
};

export const sortByLastHeard: Command = (services) => () => {
  services.tree.setSortOrder("lastHeard");
};

/** Filters while one types; Escape brings the former filter back. */
export const filterApplications: Command = (services) => async () => {
  const { tree } = services;
  const before = tree.filter;
  const answer = await askText({
    title: "Filter End Devices",
    canGoBack: false,
    prompt: "Part of a device id, DevEUI, DevAddr or of the last decoded values",
    placeholder: "soil",
    value: before,
    closesElsewhere: true,
    check: (text) => {
      tree.setFilter(text);
      return undefined;
    },
  });
  tree.setFilter(typeof answer === "string" ? before : answer.value);
};

export const clearFilter: Command = (services) => () => {
  services.tree.setFilter("");
};
