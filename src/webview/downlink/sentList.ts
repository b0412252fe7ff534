/** What was sent to the end device and what the server said about it so far. */
import type { PanelState, SentRow, Target } from "../../protocol/downlinkPage";
import { button, element } from "../shared/dom";
import { SentCard, type SentCardEvents } from "./sentCard";

export class SentList {
  readonly element: HTMLElement;
  private readonly heading = element("h2", { id: "sentHeading" });
  private readonly list = element("ol", { class: "sentList" });
  private readonly empty = element("p", { class: "hint" });
  private readonly more = element("p", { class: "hint" });
  private readonly openEvents: HTMLButtonElement;
  /** Says a changed verdict, and only that: waits are told anew all the time. */
  private readonly verdicts = element("p", {
    class: "spokenOnly",
    "aria-live": "polite",
    "aria-label": "Verdicts",
  });
  private cards = new Map<string, SentCard>();
  private told = new Map<string, string>();

  constructor(private readonly events: SentCardEvents) {
    this.openEvents = button("Show events", "link", () => events.onRemedy("events"));
    const head = element("div", { class: "cardHead" }, this.heading, this.openEvents);
    this.element = element("section", { class: "sent", "aria-labelledby": "sentHeading" }, head);
    this.element.append(this.empty, this.list, this.more, this.verdicts);
  }

  update(state: PanelState, { applicationKey, deviceId }: Target): void {
    this.heading.textContent = deviceId === "" ? "Sent" : `Sent to ${deviceId}`;
    this.openEvents.hidden = deviceId === "";
    // Rows of the target before are not shown under the new one's name.
    const isOfTarget =
      state.target?.applicationKey === applicationKey && state.target.deviceId === deviceId;
    const rows = isOfTarget ? state.sent : [];
    this.empty.hidden = rows.length > 0;
    this.empty.textContent =
      deviceId === ""
        ? "Choose an end device to see what was sent to it."
        : "Nothing yet. Each downlink is followed here until its last word.";
    this.more.hidden = state.moreSent === 0;
    this.more.textContent = `${state.moreSent} older ones are not listed.`;
    this.showCards(rows);
    this.tellChanges(rows);
  }

  private showCards(rows: readonly SentRow[]): void {
    const before = this.cards;
    this.cards = new Map();
    for (const [index, row] of rows.entries()) {
      const card = before.get(row.correlationId) ?? new SentCard(this.events);
      before.delete(row.correlationId);
      this.cards.set(row.correlationId, card);
      card.update(row);
      // Moving an element takes its focus away, so only what is out of place moves.
      const there = this.list.children.item(index);
      if (there !== card.element) this.list.insertBefore(card.element, there);
    }
    for (const card of before.values()) card.element.remove();
  }

  /** A downlink that has just appeared is told by the send itself. */
  private tellChanges(rows: readonly SentRow[]): void {
    const changed = rows.filter(({ correlationId, state }) => {
      const before = this.told.get(correlationId);
      return before !== undefined && before !== state;
    });
    this.told = new Map(rows.map(({ correlationId, state }) => [correlationId, state]));
    if (changed.length === 0) return;
    const words = changed.map(({ shortId, state }) => `Downlink ${shortId}: ${state}.`);
    this.verdicts.textContent = words.join(" ");
  }
}
