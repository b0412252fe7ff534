/** What one can do with a received message: open it, copy its payload. */
import * as vscode from "vscode";
import type { EventEntry } from "../../model/eventStore";
import { toHex } from "../../stack/framePayload";
import { eventIdOf } from "../../views/log/messageDocuments";
import { sayBriefly } from "../../views/notices";
import { askChoice } from "../quickInput";
import { eventFrom } from "../targets";
import type { Command, CommandServices } from "../services";

export const openMessage: Command = (services) => async (argument) => {
  const entry =
    eventFrom(services, argument ?? services.tree.selection) ?? (await askEvent(services));
  if (!entry) return;
  await services.documents.open(entry.id);
  services.contextKeys.set("hasOpenedMessage", true);
};

/** The message with its own spaces, order and numbers: of the open document, of a row, or one that is chosen. */
export const showRawMessage: Command = (services) => async (argument) => {
  const shown = argument instanceof vscode.Uri ? argument : activeDocument(argument);
  const eventId = shown && eventIdOf(shown);
  const entry =
    eventFrom(services, eventId ?? argument ?? services.tree.selection) ??
    (await askEvent(services));
  if (entry) await services.documents.open(entry.id, "raw");
};

/** From the palette the document in front is meant. */
function activeDocument(argument: unknown): vscode.Uri | undefined {
  return argument === undefined ? vscode.window.activeTextEditor?.document.uri : undefined;
}

export const copyPayload: Command = (services) => async (argument) => {
  const entry =
    eventFrom(services, argument ?? services.tree.selection) ?? (await askEvent(services));
  const bytes = entry && payloadOf(entry);
  if (!bytes) return;
  await vscode.env.clipboard.writeText(toHex(bytes));
  sayBriefly(`Copied ${bytes.length} ${bytes.length === 1 ? "byte" : "bytes"} as hex`);
};

/** The bytes of an uplink or a downlink, if it has any. */
export function payloadOf({ content }: EventEntry): Uint8Array | undefined {
  if ("framePayload" in content) return content.framePayload;
  if ("downlink" in content) return content.downlink?.framePayload;
  return undefined;
}

/** The latest messages, newest first, when no row says which is meant. */
export async function askEvent(services: CommandServices): Promise<EventEntry | undefined> {
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
