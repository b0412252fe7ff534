/** The frames that a formatter decoded, as a list to choose from, and what there is to see of each. */
import type { Outcome } from "../../formatters/workbench/outcome";
import { errorText } from "../../formatters/workbench/report";
import { frameName } from "../../formatters/workbench/frame";
import { summarizeFields } from "../../stack/values";
import { visible } from "../../stack/visible";
import type { FrameChoice } from "../../views/formatters/reportText";
import { driftText } from "../../views/log/localLine";
import { sayBriefly } from "../../views/notices";
import { eventFrom, speakerFrom } from "../targets";
import { askChoice } from "../quickInput";
import type { Command, CommandServices } from "../services";
import { mayRunFormatters } from "../workspaceTrust";

const titles: Readonly<Record<FrameChoice, string>> = {
  all: "Frames Decoded Here",
  failed: "Frames That Fail",
  changed: "Frames That Differ from Before",
  drifting: "Frames That Differ from the Server",
};
const maximumListed = 1_000;

/** Called from above a function, with the file and which of its frames. */
export const showFrames: Command = (services) => async (source: unknown, which?: unknown) => {
  if (typeof source !== "string") return;
  const choice = (Object.keys(titles) as FrameChoice[]).find((each) => each === which) ?? "all";
  const outcomes = services.workbench
    .outcomesOf(source)
    .filter((outcome) => isChosen(outcome, choice))
    .sort((a, b) => b.frame.eventId - a.frame.eventId)
    .slice(0, maximumListed);
  const answer = await askChoice<Outcome>({
    title: titles[choice],
    canGoBack: false,
    placeholder:
      outcomes.length === 0 ? "No such frame any more" : "Choose a frame to see its diff",
    matchesEverywhere: true,
    keepsOrder: true,
    choices: outcomes.map((outcome) => ({
      label: frameName(outcome.frame),
      description: visible(textOf(services, outcome, choice), 200),
      value: outcome,
    })),
  });
  if (typeof answer === "string") return;
  const { formatterDocuments } = services;
  const { eventId } = answer.value.frame;
  if (choice === "changed") await formatterDocuments.compareWithBefore(eventId);
  else if (choice === "failed") await formatterDocuments.open(answer.value);
  else await formatterDocuments.compareWithServer(eventId);
};

/** The server's decoded payload beside that of the workspace's formatter, for an event or a device's latest frame. */
export const compareWithServer: Command = (services) => async (argument) => {
  if (!(await mayRunFormatters(services))) return;
  const chosen = argument ?? services.tree.selection;
  const entry = eventFrom(services, chosen);
  const device = speakerFrom(services, chosen);
  const outcome =
    (entry && services.workbench.outcome(entry.id)) ??
    (device && services.workbench.latestOf(device.applicationKey, device.deviceId));
  if (outcome) await services.formatterDocuments.compareWithServer(outcome.frame.eventId);
  else sayBriefly("No frame of this end device was decoded here: bind a formatter to it.");
};

function isChosen(outcome: Outcome, choice: FrameChoice): boolean {
  switch (choice) {
    case "all":
      return true;
    case "failed":
      return outcome.answer.error !== undefined;
    case "changed":
      return outcome.changed === true;
    case "drifting":
      return outcome.agrees === false;
  }
}

function textOf({ model }: CommandServices, outcome: Outcome, choice: FrameChoice): string {
  const { answer, frame } = outcome;
  const content = model.events.get(frame.eventId)?.content;
  const server = content?.kind === "uplink" ? content.decodedPayload : undefined;
  if (choice === "drifting" && server) return driftText(outcome, server);
  return answer.error ? errorText(answer.error) : summarizeFields(answer.result.decoded_payload, 6);
}
