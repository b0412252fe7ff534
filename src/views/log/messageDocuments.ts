/** Read-only JSON documents of received messages. */
import * as vscode from "vscode";
import type { Model } from "../../model/model";
import type { EventEntry } from "../../model/eventStore";
import { describe, eventLabel } from "../../stack/describe";
import { visible } from "../../stack/visible";
import { clockTime } from "../times";
import { messageJson, rawMessage } from "./messageJson";

const scheme = "thethingsstack-message";
const rawFragment = "raw";

/** The address of an event's document. Its name is for people; the number in its query is what counts. */
export function messageUri(eventId: number, name = `e${eventId}`): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${name}.json`, query: String(eventId) });
}

/** The address of the same message with nothing changed. */
export function rawMessageUri(eventId: number, name = `e${eventId}`): vscode.Uri {
  return messageUri(eventId, `${name} raw`).with({ fragment: rawFragment });
}

/** The number of the event that a document shows; undefined for any other document. */
export function eventIdOf(uri: vscode.Uri): number | undefined {
  return uri.scheme === scheme ? Number(uri.query) : undefined;
}

export class MessageDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly registration: vscode.Disposable;

  /** @param decodeHere what the workspace's own formatter makes of an event, under names for people */
  constructor(
    private readonly model: Model,
    private readonly decodeHere?: (entry: EventEntry) => Promise<object>,
  ) {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string | Promise<string> {
    const id = Number(uri.query);
    const entry = this.model.events.get(id);
    if (!entry) {
      return JSON.stringify(
        { note: "This message is no longer kept: newer ones took its place." },
        null,
        2,
      );
    }
    const raw = this.model.events.rawOf(id);
    if (uri.fragment === rawFragment) return rawMessage(raw);
    if (!this.decodeHere) return messageJson(entry, raw);
    return this.decodeHere(entry).then((here) => messageJson(entry, raw, here));
  }

  /** Opens the message beside the log; a preview tab, so that reading along does not pile up tabs. */
  async open(eventId: number, form: "readable" | "raw" = "readable"): Promise<void> {
    const uriOf = form === "raw" ? rawMessageUri : messageUri;
    const document = await vscode.workspace.openTextDocument(uriOf(eventId, this.name(eventId)));
    await vscode.window.showTextDocument(document, { preview: form === "readable" });
  }

  /** Messages as lines of a list to choose from. */
  choices(
    entries: readonly EventEntry[],
  ): { label: string; description: string; entry: EventEntry }[] {
    return entries.flatMap((entry) => {
      const { content } = entry;
      if (content.kind === "connection" || content.kind === "gap") return [];
      const label = `${clockTime(entry.at).slice(0, 8)} ${eventLabel(content)} ${content.deviceId ?? ""}`;
      return [
        {
          label,
          description: visible(describe(content).replace(/ {2,}/g, "  "), 200),
          entry,
        },
      ];
    });
  }

  dispose(): void {
    this.registration.dispose();
  }

  private name(eventId: number): string {
    const entry = this.model.events.get(eventId);
    if (!entry || entry.content.kind === "connection" || entry.content.kind === "gap")
      return `e${eventId}`;
    const time = clockTime(entry.at).slice(0, 8).replaceAll(":", ".");
    return `${entry.content.deviceId ?? "message"} ${eventLabel(entry.content)} ${time} e${eventId}`;
  }
}
