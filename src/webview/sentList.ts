/** What was sent to the end device and what the server said about it so far. */
import type { DraftDownlink, PanelState, SentRow, SentStep, Target } from "../protocol";
import { button, element, icon } from "./dom";

export class SentList {
  readonly element: HTMLElement;
  private readonly heading = element("h2", { id: "sentHeading" });
  private readonly list = element("ol", { class: "sentList" });
  private readonly empty = element("p", { class: "hint" });
  private readonly more = element("p", { class: "hint" });
  private readonly openEvents: HTMLButtonElement;
  private cards = new Map<string, SentCard>();

  constructor(
    private readonly onUseAgain: (downlink: DraftDownlink) => void,
    onOpenEvents: () => void,
  ) {
    this.openEvents = button("Show events", "link", onOpenEvents);
    const head = element("div", { class: "cardHead" }, this.heading, this.openEvents);
    this.element = element("section", { class: "sent", "aria-labelledby": "sentHeading" }, head);
    this.element.append(this.empty, this.list, this.more);
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
    const before = this.cards;
    this.cards = new Map();
    for (const [index, row] of rows.entries()) {
      const card = before.get(row.correlationId) ?? new SentCard(this.onUseAgain);
      before.delete(row.correlationId);
      this.cards.set(row.correlationId, card);
      card.update(row);
      // Moving an element takes its focus away, so only what is out of place moves.
      const there = this.list.children.item(index);
      if (there !== card.element) this.list.insertBefore(card.element, there);
    }
    for (const card of before.values()) card.element.remove();
  }
}

class SentCard {
  readonly element: HTMLElement;
  private readonly title = element("code", { class: "sentTitle" });
  private readonly details = element("p", { class: "hint" });
  private readonly state = element("p", { class: "sentState" });
  private readonly advice = element("p", { class: "hint" });
  private readonly steps = element("ol", { class: "steps" });
  private readonly useAgain: HTMLButtonElement;
  private row: SentRow | undefined;
  private shown = "";

  constructor(onUseAgain: (downlink: DraftDownlink) => void) {
    this.useAgain = button("Use again", "link", () => {
      if (this.row) onUseAgain(this.row.again);
    });
    const head = element("div", { class: "cardHead" }, this.title, this.useAgain);
    this.element = element("li", { class: "card" }, head, this.details, this.state);
    this.element.append(this.advice, this.steps);
  }

  update(row: SentRow): void {
    const text = JSON.stringify(row);
    if (text === this.shown) return;
    this.shown = text;
    this.row = row;
    this.title.textContent = row.title;
    this.useAgain.setAttribute("aria-label", `Use again: ${row.title}, id ${row.shortId}`);
    const ids = [`id ${row.shortId}`, ...row.userCorrelationIds].join(", ");
    this.details.textContent = `${row.details} · ${ids}`;
    this.state.className = `sentState note ${row.tone}`;
    this.state.replaceChildren(icon(row.tone), element("strong", {}, row.state));
    this.advice.textContent = row.advice;
    this.advice.hidden = row.advice === "";
    this.steps.replaceChildren(...row.steps.map(stepElement));
  }
}

function stepElement({ tone, word, time, since, note }: SentStep): HTMLElement {
  const words = element("span", { class: "word" }, word);
  const when = element("span", { class: "when" }, time, " ", element("span", {}, since));
  const step = element("li", {}, icon(tone), words, " ", when);
  if (note !== "") step.append(" ", element("span", { class: "hint" }, note));
  return step;
}
