/** The acts: send, replace, clear; and the one place where their result is told. */
import type { Operation, Outcome } from "../../protocol/downlinkPage";
import { button, element, icon } from "../shared/dom";

const isMac = navigator.userAgent.includes("Macintosh");

export interface ActionBarEvents {
  onAct(operation: Operation): void;
  onUndo(): void;
  /** The wait for its turn is to end. */
  onCancel(): void;
  onCopyAs(): void;
}

export class ActionBar {
  readonly element: HTMLElement;
  private readonly buttons: readonly HTMLButtonElement[];
  private readonly sendButton: HTMLButtonElement;
  private readonly copyAs: HTMLButtonElement;
  private readonly undo: HTMLButtonElement;
  /** Not in the live region: a countdown read aloud every second would drown everything else. */
  private readonly wait: HTMLElement;
  private readonly waitText = element("span");
  private readonly status = element("p", {
    role: "status",
    "aria-live": "polite",
    class: "status",
  });

  constructor(events: ActionBarEvents) {
    this.sendButton = button("Send", "primary", () => events.onAct("push"));
    this.sendButton.title = `Add to the end of the queue (${isMac ? "⌘" : "Ctrl+"}Enter)`;
    const replace = button("Replace the queue…", "secondary", () => events.onAct("replace"));
    replace.title = "Remove what waits in the end device's queue and send this instead";
    const clear = button("Clear the queue…", "secondary", () => events.onAct("clear"));
    clear.title = "Remove what waits in the end device's queue";
    this.buttons = [this.sendButton, replace, clear];
    this.copyAs = button("Copy as…", "secondary", () => events.onCopyAs());
    this.copyAs.title = "Copy this downlink as a command or program that sends it";
    this.undo = button("Bring back what was in the form", "link", () => events.onUndo());
    const keys = element("span", { class: "keys" }, isMac ? "⌘ Enter" : "Ctrl+Enter");
    const acts = element("div", { class: "acts" }, this.sendButton, keys);
    acts.append(this.copyAs, replace, clear);
    const cancel = button("Cancel", "link", () => events.onCancel());
    cancel.setAttribute("aria-label", "Cancel sending");
    this.wait = element("p", { class: "status", hidden: "" }, icon("waiting"), this.waitText);
    this.wait.append(cancel);
    this.element = element("div", { class: "actionBar" }, acts, this.wait, this.status, this.undo);
    this.undo.hidden = true;
  }

  /** While an answer is awaited the buttons do nothing, but keep the focus. `wait` says why it is not on its way yet. */
  setBusy(isBusy: boolean, wait: string): void {
    if (this.wait.hidden && wait !== "") this.tell("note", "Waiting for its turn.");
    this.wait.hidden = wait === "";
    this.waitText.textContent = wait;
    for (const each of this.buttons) {
      if (isBusy) each.setAttribute("aria-disabled", "true");
      else each.removeAttribute("aria-disabled");
    }
    const busyText = wait === "" ? "Sending…" : "Waiting…";
    this.sendButton.textContent = isBusy ? busyText : "Send";
  }

  offerCopyAs(isOffered: boolean): void {
    this.copyAs.hidden = !isOffered;
  }

  offerUndo(isOffered: boolean): void {
    this.undo.hidden = !isOffered;
  }

  tell(kind: Outcome["kind"] | "note", text: string): void {
    const tones = { sent: "waiting", problem: "bad", invalid: "bad", note: "info" } as const;
    const words = element("span", {}, text);
    this.status.className = `status ${tones[kind]}`;
    this.status.replaceChildren(...(text === "" ? [] : [icon(tones[kind]), words]));
  }
}
