/** One downlink that was sent: its verdict, what may be behind it, what can be done, and its way so far. */
import type {
  DraftDownlink,
  Remedy,
  SentCause,
  SentRow,
  SentStep,
} from "../../protocol/downlinkPage";
import { button, element, icon, note } from "../shared/dom";

export interface SentCardEvents {
  /** The downlink is to be brought into the form, for this end device or, if one is given, for another. */
  onUseAgain(downlink: DraftDownlink, deviceId?: string): void;
  onRemedy(remedy: Extract<Remedy, "check" | "events">): void;
  onCopyAs(correlationId: string): void;
}

export class SentCard {
  readonly element: HTMLElement;
  private readonly title = element("code", { class: "sentTitle" });
  private readonly details = element("p", { class: "hint" });
  private readonly state = element("p", { class: "sentState" });
  private readonly notes = element("div", { class: "sentNotes" });
  private readonly causes = element("div", { class: "causes" });
  private readonly steps = element("ol", { class: "steps", "aria-label": "Its way so far" });
  private readonly useAgain: HTMLButtonElement;
  private readonly copyAs: HTMLButtonElement;
  private row: SentRow | undefined;
  private shown = "";
  private shownCauses = "";

  constructor(private readonly events: SentCardEvents) {
    this.useAgain = button("Use again", "link", () => {
      if (this.row) events.onUseAgain(this.row.again);
    });
    this.copyAs = button("Copy as…", "link", () => {
      if (this.row) events.onCopyAs(this.row.correlationId);
    });
    const acts = element("span", { class: "cardActs" }, this.useAgain, this.copyAs);
    const head = element("div", { class: "cardHead" }, this.title, acts);
    this.element = element("li", { class: "card" }, head, this.details, this.state);
    this.element.append(this.notes, this.causes, this.steps);
  }

  update(row: SentRow): void {
    const text = JSON.stringify(row);
    if (text === this.shown) return;
    this.shown = text;
    this.row = row;
    this.title.textContent = row.title;
    this.useAgain.textContent = row.againLabel;
    this.useAgain.setAttribute("aria-label", `${row.againLabel}: ${row.title}, id ${row.shortId}`);
    this.copyAs.setAttribute("aria-label", `Copy as…: ${row.title}, id ${row.shortId}`);
    const ids = [`id ${row.shortId}`, ...row.userCorrelationIds].join(", ");
    this.details.textContent = `${row.details} · ${ids}`;
    this.state.className = `sentState note ${row.tone}`;
    this.state.replaceChildren(icon(row.tone), element("strong", {}, row.state));
    this.notes.replaceChildren(
      ...row.warnings.map((warning) => note("warning", warning)),
      ...(row.advice === "" ? [] : [element("p", { class: "hint" }, row.advice)]),
    );
    this.showCauses(row);
    this.steps.replaceChildren(...row.steps.map(stepElement));
  }

  /** A button in them may have the focus, and keeps it as long as it is there. */
  private showCauses({ causes, ruledOut, shortId }: SentRow): void {
    const text = JSON.stringify([causes, ruledOut]);
    if (text === this.shownCauses) return;
    this.shownCauses = text;
    const focused = this.causes.contains(document.activeElement)
      ? document.activeElement?.textContent
      : undefined;
    this.causes.hidden = causes.length === 0;
    this.causes.replaceChildren(
      element("p", { class: "causesHead" }, "Likely causes, the likeliest first"),
      element("ol", {}, ...causes.map((cause) => this.causeElement(cause, shortId))),
      ...(ruledOut === "" ? [] : [element("p", { class: "hint" }, ruledOut)]),
    );
    if (focused === undefined) return;
    const acts = [...this.causes.querySelectorAll("button")];
    (acts.find((each) => each.textContent === focused) ?? this.useAgain).focus();
  }

  private causeElement(cause: SentCause, shortId: string): HTMLElement {
    const act = button(cause.label, "link", () => this.remedy(cause));
    act.setAttribute("aria-label", `${cause.label}, for downlink ${shortId}`);
    return element("li", {}, element("span", {}, cause.text), " ", act);
  }

  /** Whatever is chosen, nothing is sent by it. */
  private remedy({ remedy, deviceId }: SentCause): void {
    if (!this.row) return;
    const { again } = this.row;
    switch (remedy) {
      case "useDevice":
        this.events.onUseAgain(again, deviceId);
        break;
      case "asBytes":
        this.events.onUseAgain({ ...again, format: "hex", typedAs: "hex" });
        break;
      default:
        this.events.onRemedy(remedy);
    }
  }
}

function stepElement({ tone, word, time, since, note: words }: SentStep): HTMLElement {
  const name = element("span", { class: "word" }, word);
  const when = element("span", { class: "when" }, time, " ", element("span", {}, since));
  const step = element("li", {}, icon(tone), name, " ", when);
  if (words !== "") step.append(" ", element("span", { class: "hint" }, words));
  return step;
}
