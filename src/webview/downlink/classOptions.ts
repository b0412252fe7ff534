/** The part of a downlink's form for class B and C: which gateways, and when. */
import {
  maximumIdsText,
  maximumShortText,
  type DraftDownlink,
  type FieldName,
} from "../../protocol/downlinkPage";
import { button, element, newId, note, setValue } from "../shared/dom";
import { idsIn, withId } from "./drafts";
import { checkbox, Field } from "../shared/field";

type Change = (part: Partial<DraftDownlink>, isTyping: boolean) => void;
type Options = Pick<DraftDownlink, "classBC" | "gateways" | "absoluteTime">;

/** How far ahead the button puts the time: enough to read it and send. Milliseconds. */
const handyLead = 60_000;

export class ClassOptions {
  readonly element: HTMLElement;
  /** Fields whose problems are shown once they were left. */
  readonly controls: readonly (readonly [FieldName, HTMLElement])[];
  private readonly chosen: ReturnType<typeof checkbox>;
  private readonly details: HTMLElement;
  private readonly gateways: Field<HTMLTextAreaElement>;
  private readonly time: Field<HTMLInputElement>;
  private readonly heard = element("fieldset", { class: "heard" });
  private heardIds: readonly string[] = [];
  private options: Options | undefined;

  constructor(private readonly change: Change) {
    this.chosen = checkbox("Class B or C: choose gateways or a time", (classBC) =>
      change({ classBC }, false),
    );
    this.gateways = new Field(
      "gateways",
      "Gateways (optional)",
      this.gatewaysBox(),
      "Ids separated by commas; the server picks one of them. Without any it takes those that heard the end device.",
    );
    this.time = new Field(
      "absoluteTime",
      "Time of transmission (optional)",
      this.timeInput(),
      "With its zone, 5 s ahead or more. The gateway needs GPS time.",
    );
    const soon = button("In one minute", "link", () => {
      const time = new Date(Date.now() + handyLead).toISOString();
      change({ absoluteTime: `${time.slice(0, 19)}Z` }, false);
    });
    const warning = note(
      "warning",
      "Not for class A: such an end device never gets it, and it blocks all that wait behind it until the queue is replaced.",
    );
    this.details = element("div", { class: "classOptions" }, warning, this.gateways.element);
    this.details.append(this.heard, this.time.element, soon);
    this.element = element("div", { class: "classPart" }, this.chosen.element, this.details);
    this.controls = [
      ["gateways", this.gateways.control],
      ["absoluteTime", this.time.control],
    ];
  }

  /** @param gateways that heard the end device lately */
  update(
    options: Options,
    gateways: readonly string[],
    problem: (field: FieldName) => string | undefined,
  ): void {
    this.options = options;
    this.chosen.input.checked = options.classBC;
    this.details.hidden = !options.classBC;
    setValue(this.gateways.control, options.gateways);
    this.gateways.setProblem(problem("gateways"));
    setValue(this.time.control, options.absoluteTime);
    this.time.setProblem(problem("absoluteTime"));
    this.showHeard(gateways);
    const ids = idsIn(options.gateways);
    for (const input of this.heard.querySelectorAll("input")) {
      input.checked = ids.includes(input.value);
    }
  }

  private showHeard(gateways: readonly string[]): void {
    // Built anew only when they change, so that the focus stays.
    if (gateways.join() === this.heardIds.join()) return;
    this.heardIds = gateways;
    const boxes = gateways.map((id) => {
      const box = checkbox(id, (isChosen) => {
        if (!this.options) return;
        this.change({ gateways: withId(this.options.gateways, id, isChosen) }, false);
      });
      box.input.value = id;
      return box.element;
    });
    const legend = element("legend", { id: newId("heard") }, "Heard it lately");
    this.heard.replaceChildren(legend, ...boxes);
    this.heard.hidden = boxes.length === 0;
  }

  private gatewaysBox(): HTMLTextAreaElement {
    const box = element("textarea", {
      rows: "1",
      spellcheck: "false",
      autocomplete: "off",
      placeholder: "roof-gw-1",
      maxlength: String(maximumIdsText),
      class: "code",
    });
    box.addEventListener("input", () => this.change({ gateways: box.value }, true));
    return box;
  }

  private timeInput(): HTMLInputElement {
    const input = element("input", {
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      placeholder: "2026-11-23T12:04:33Z",
      maxlength: String(maximumShortText),
      class: "code",
    });
    input.addEventListener("input", () => this.change({ absoluteTime: input.value }, true));
    return input;
  }
}
