/** What one can do with a received message: open it, copy its payload or a command about it. */
import * as vscode from "vscode";
import type { EventEntry } from "../model/eventStore";
import { copyForms } from "../stack/copyForms";
import { toHex } from "../stack/framePayload";
import { visible, withoutIcons } from "../stack/visible";
import { askChoice } from "./quickInput";
import { eventFrom } from "./targets";
import type { Command, CommandServices } from "./services";

export const openMessage: Command = (services) => async (argument) => {
  const entry =
    eventFrom(services, argument ?? services.tree.selection) ?? (await askEvent(services));
  if (!entry) return;
  await services.documents.open(entry.id);
  services.contextKeys.set("hasOpenedMessage", true);
};

export const copyPayload: Command = (services) => async (argument) => {
  const entry =
    eventFrom(services, argument ?? services.tree.selection) ?? (await askEvent(services));
  const bytes = entry && payloadOf(entry);
  if (!bytes) return;
  await vscode.env.clipboard.writeText(toHex(bytes));
  vscode.window.setStatusBarMessage(`Copied ${bytes.length} bytes as hex`, 4_000);
};

export const copyAs: Command = (services) => async (argument) => {
  const entry =
    eventFrom(services, argument ?? services.tree.selection) ?? (await askEvent(services));
  if (!entry) return;
  const application = services.model.application(entry.applicationKey);
  if (!application || !("deviceId" in entry.content)) return;
  const answer = await askChoice<string>({
    title: "Copy As",
    canGoBack: false,
    placeholder: "API keys are never copied: commands read them from the variable TTS_API_KEY",
    choices: copyForms({
      settings: application.settings,
      topic: entry.topic,
      deviceId: entry.content.deviceId,
      bytes: payloadOf(entry),
    }).map(({ label, text }) => ({
      label,
      detail: withoutIcons(visible(text, 200)),
      value: text,
    })),
  });
  if (typeof answer === "string") return;
  await vscode.env.clipboard.writeText(answer.value);
};

function payloadOf({ content }: EventEntry): Uint8Array | undefined {
  if ("framePayload" in content) return content.framePayload;
  if ("downlink" in content) return content.downlink?.framePayload;
  return undefined;
}

/** The latest messages, newest first, when no row says which is meant. */
async function askEvent(services: CommandServices): Promise<EventEntry | undefined> {
  const latest = [...services.model.events.entries()].slice(-200).reverse();
  const choices = services.documents.choices(latest).map(({ label, description, entry }) => ({
    label,
    description,
    value: entry,
  }));
  const answer = await askChoice<EventEntry>({
    title: "Choose a Message",
    canGoBack: false,
    placeholder: choices.length === 0 ? "No message yet" : "The latest messages, newest first",
    choices,
  });
  return typeof answer === "string" ? undefined : answer.value;
}
