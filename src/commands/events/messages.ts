/** What one can do with a received message: open it, copy its payload. */
import * as vscode from "vscode";
import type { EventEntry } from "../../model/eventStore";
import { toHex } from "../../stack/framePayload";
import { eventIdOf } from "../../views/log/messageDocuments";
import { sayBriefly } from "../../views/notices";
import { askChoice } from "../quickInput";
import { deviceFrom, eventFrom, latestEvents } from "../targets";
import type { Command, CommandServices } from "../services";
import { counted } from "../../util/counted";

export const openMessage: Command = (services) => async (argument) => {
  const row = argument ?? services.tree.selection;
  const entry = eventFrom(services, row) ?? (await askEvent(services, row));
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
    (await askEvent(services, argument ?? services.tree.selection));
  if (entry) await services.documents.open(entry.id, "raw");
};

/** From the palette the document in front is meant. */
function activeDocument(argument: unknown): vscode.Uri | undefined {
  return argument === undefined ? vscode.window.activeTextEditor?.document.uri : undefined;
}

export const copyPayload: Command = (services) => async (argument) => {
  const row = argument ?? services.tree.selection;
  const bytes = latestPayload(services, row) ?? (await askPayload(services, row));
  if (!bytes) return;
  await vscode.env.clipboard.writeText(toHex(bytes));
  sayBriefly(`Copied ${counted(bytes.length, "byte")} as hex`);
};

/** Of a message, or of an end device's last uplink: known also when its message is not kept any more. */
function latestPayload(services: CommandServices, row: unknown): Uint8Array | undefined {
  const entry = eventFrom(services, row);
  const device = deviceFrom(services, row);
  const heard = device?.application.endDevices.get(device.deviceId)?.lastUplink;
  return entry ? payloadOf(entry) : heard?.framePayload;
}

async function askPayload(
  services: CommandServices,
  row: unknown,
): Promise<Uint8Array | undefined> {
  const entry = await askEvent(services, row);
  return entry && payloadOf(entry);
}

/** The bytes of an uplink or a downlink, if it has any. */
export function payloadOf({ content }: EventEntry): Uint8Array | undefined {
  if ("framePayload" in content) return content.framePayload;
  if ("downlink" in content) return content.downlink?.framePayload;
  return undefined;
}

/** The latest messages, newest first, when no row says which is meant; only those of the end device that a row is about. */
export async function askEvent(
  services: CommandServices,
  row: unknown,
): Promise<EventEntry | undefined> {
  const latest = latestEvents(services, row, 200);
  const choices = services.documents.choices(latest).map(({ label, description, entry }) => ({
    label,
    description,
    value: entry,
  }));
  const answer = await askChoice<EventEntry>({
    title: "Choose a Message",
    canGoBack: false,
    keepsOrder: true,
    matchesEverywhere: true,
    placeholder: choices.length === 0 ? "No message yet" : "The latest messages, newest first",
    choices,
  });
  return typeof answer === "string" ? undefined : answer.value;
}
