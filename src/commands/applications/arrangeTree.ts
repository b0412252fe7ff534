/** Order and filter of the tree. */
import { askText } from "../quickInput";
import type { Command } from "../services";

export const sortByName: Command = (services) => () => {
  services.arrangement.sortOrder = "name";
};

export const sortByLastHeard: Command = (services) => () => {
  services.arrangement.sortOrder = "lastHeard";
};

/** Filters while one types; Escape brings the former filter back. */
export const filterApplications: Command = (services) => async () => {
  const { arrangement } = services;
  const before = arrangement.filter;
  const answer = await askText({
    title: "Filter End Devices",
    canGoBack: false,
    prompt: "Part of a device id, DevEUI, DevAddr or of the last decoded values",
    placeholder: "soil",
    value: before,
    closesElsewhere: true,
    check: (text) => {
      arrangement.filter = text;
      return undefined;
    },
  });
  arrangement.filter = typeof answer === "string" ? before : answer.value;
};

export const clearFilter: Command = (services) => () => {
  services.arrangement.filter = "";
};
