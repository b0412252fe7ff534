/** A control with its label, a hint and its problem, tied together for eyes and for screen readers. */
import { element, icon, newId } from "./dom";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export class Field<C extends Control> {
  readonly element: HTMLElement;
  readonly label: HTMLLabelElement;
  private readonly hint: HTMLElement;
  /** Below the control, unless someone puts it where there is more room. */
  readonly problem: HTMLElement;
  private readonly problemText = element("span");

  constructor(
    name: string,
    label: string,
    readonly control: C,
    hint = "",
  ) {
    control.id = newId(name);
    this.label = element("label", { for: control.id }, label);
    this.hint = element("p", { class: "hint", id: `${control.id}-hint` }, hint);
    this.problem = element(
      "p",
      { class: "problem", id: `${control.id}-problem` },
      icon("bad"),
      this.problemText,
    );
    this.element = element("div", { class: `field ${name}` }, this.label, control);
    this.element.append(this.problem, this.hint);
    this.setHint(hint);
    this.setProblem(undefined);
  }

  setHint(text: string): void {
    this.hint.textContent = text;
    this.hint.hidden = text === "";
    this.describe();
  }

  setProblem(text: string | undefined): void {
    this.problemText.textContent = text ?? "";
    this.problem.hidden = text === undefined;
    if (text === undefined) this.control.removeAttribute("aria-invalid");
    else this.control.setAttribute("aria-invalid", "true");
    this.describe();
  }

  private describe(): void {
    const ids = [this.problem, this.hint].filter((each) => !each.hidden).map((each) => each.id);
    if (ids.length === 0) this.control.removeAttribute("aria-describedby");
    else this.control.setAttribute("aria-describedby", ids.join(" "));
  }
}

/** A check box with its label behind it. */
export function checkbox(label: string, onChange: (checked: boolean) => void) {
  const input = element("input", { type: "checkbox", id: newId("check") });
  input.addEventListener("change", () => onChange(input.checked));
  const text = element("label", { for: input.id }, label);
  return { input, element: element("div", { class: "check" }, input, text) };
}
