/** One downlink in the form: payload, FPort, priority, confirmed, class B and C, correlation ids. */
import {
  maximumIdsText,
  maximumShortText,
  priorities,
  type DownlinkPreview,
  type DraftDownlink,
  type FieldName,
} from "../../protocol/downlinkPage";
import { ClassOptions } from "./classOptions";
import { button, element, newId, setValue } from "../shared/dom";
import { checkbox, Field } from "../shared/field";
import { PayloadField } from "./payloadField";

export interface CardEvents {
  onChange(next: DraftDownlink, isTyping: boolean): void;
  onRemove(): void;
  /** A field was left, so that its problem may be shown. */
  onLeave(): void;
}

export interface CardView {
  readonly index: number;
  readonly count: number;
  readonly downlink: DraftDownlink;
  readonly preview: DownlinkPreview | undefined;
  readonly isFresh: boolean;
  /** That heard the end device lately. */
  readonly gateways: readonly string[];
  readonly problems: ReadonlyMap<FieldName, string>;
  /** Problems of fields that the user has not been to are shown, too. */
  readonly showAll: boolean;
}

export class DownlinkCard {
  readonly element: HTMLElement;
  private readonly title = element("h3", { id: newId("downlink") });
  private readonly remove: HTMLButtonElement;
  private readonly payload: PayloadField;
  private readonly fPort: Field<HTMLInputElement>;
  private readonly priority: Field<HTMLSelectElement>;
  private readonly ids: Field<HTMLTextAreaElement>;
  private readonly confirmed: ReturnType<typeof checkbox>;
  private readonly attempts: Field<HTMLInputElement>;
  private readonly classOptions = new ClassOptions((part, isTyping) => this.change(part, isTyping));
  private readonly visited = new Set<FieldName>();
  private downlink: DraftDownlink | undefined;

  constructor(private readonly events: CardEvents) {
    this.payload = new PayloadField({
      onChange: (next, isTyping) => {
        if (isTyping) this.visited.add("payload");
        events.onChange(next, isTyping);
      },
    });
    this.fPort = new Field(
      "fPort",
      "FPort",
      this.numberInput("1–223", (fPort) => ({ fPort })),
    );
    this.attempts = new Field(
      "maximumAttempts",
      "Attempts at most",
      this.numberInput("the server's 8", (maximumAttempts) => ({ maximumAttempts })),
    );
    this.priority = new Field("priority", "Priority", this.prioritySelect());
    this.ids = new Field(
      "correlationIds",
      "Your correlation ids (optional)",
      this.idsBox(),
      "Separated by commas or lines. One of ours is added to follow the downlink.",
    );
    this.confirmed = checkbox("Confirmed", (confirmed) => this.change({ confirmed }, false));
    this.remove = button("Remove", "link", () => events.onRemove());
    const head = element("div", { class: "cardHead" }, this.title, this.remove);
    const settings = element(
      "div",
      { class: "row settings" },
      this.fPort.element,
      this.priority.element,
    );
    settings.append(this.confirmed.element, this.attempts.element);
    this.element = element("section", { class: "card", "aria-labelledby": this.title.id }, head);
    const narrow = element("div", {}, settings, this.fPort.problem, this.priority.problem);
    narrow.append(this.attempts.problem);
    this.element.append(this.payload.element, narrow, this.classOptions.element, this.ids.element);
    this.watchLeaving("payload", this.payload.box);
    this.watchLeaving("fPort", this.fPort.control);
    this.watchLeaving("maximumAttempts", this.attempts.control);
    for (const [field, control] of this.classOptions.controls) this.watchLeaving(field, control);
    this.watchLeaving("correlationIds", this.ids.control);
  }

  focus(): void {
    this.payload.box.focus();
  }

  update(view: CardView): void {
    const { downlink, index, count, problems } = view;
    this.downlink = downlink;
    this.title.textContent = count > 1 ? `Downlink ${index + 1} of ${count}` : "Downlink";
    this.remove.hidden = count === 1;
    this.remove.setAttribute("aria-label", `Remove downlink ${index + 1}`);
    const shown = (field: FieldName) =>
      view.showAll || this.visited.has(field) ? problems.get(field) : undefined;
    this.payload.update(downlink, view.preview, view.isFresh, shown("payload"));
    setValue(this.fPort.control, downlink.fPort);
    this.fPort.setProblem(shown("fPort"));
    setValue(this.priority.control, downlink.priority);
    this.priority.setProblem(problems.get("priority"));
    this.confirmed.input.checked = downlink.confirmed;
    setValue(this.attempts.control, downlink.maximumAttempts);
    this.attempts.element.hidden = !downlink.confirmed;
    this.attempts.setProblem(shown("maximumAttempts"));
    this.classOptions.update(downlink, view.gateways, shown);
    setValue(this.ids.control, downlink.correlationIds);
    this.ids.setProblem(shown("correlationIds"));
  }

  private change(part: Partial<DraftDownlink>, isTyping: boolean): void {
    if (this.downlink) this.events.onChange({ ...this.downlink, ...part }, isTyping);
  }

  private watchLeaving(field: FieldName, control: HTMLElement): void {
    control.addEventListener("blur", () => {
      this.visited.add(field);
      this.events.onLeave();
    });
    control.addEventListener("input", () => this.visited.add(field));
  }

  private numberInput(
    placeholder: string,
    part: (value: string) => Partial<DraftDownlink>,
  ): HTMLInputElement {
    const input = element("input", {
      type: "text",
      inputmode: "numeric",
      autocomplete: "off",
      placeholder,
      maxlength: String(maximumShortText),
    });
    input.addEventListener("input", () => this.change(part(input.value), true));
    return input;
  }

  private prioritySelect(): HTMLSelectElement {
    const options = priorities.map((each) => element("option", { value: each }, each));
    const select = element("select", {}, ...options);
    select.addEventListener("change", () => {
      const priority = priorities.find((each) => each === select.value);
      if (priority) this.change({ priority }, false);
    });
    return select;
  }

  private idsBox(): HTMLTextAreaElement {
    const box = element("textarea", {
      rows: "1",
      spellcheck: "false",
      autocomplete: "off",
      maxlength: String(maximumIdsText),
    });
    box.addEventListener("input", () => this.change({ correlationIds: box.value }, true));
    return box;
  }
}
