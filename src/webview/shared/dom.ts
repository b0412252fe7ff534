/** Making elements. Text goes in as text, never as markup. */
import type { Tone } from "../../protocol/downlinkPage";

type Attributes = Readonly<Record<string, string | undefined>>;
export type Child = Node | string;

/** An element with attributes (undefined ones are left out) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function button(label: string, kind: "primary" | "secondary" | "link", onClick: () => void) {
  const made = element("button", { type: "button", class: kind }, label);
  made.addEventListener("click", onClick);
  return made;
}

const circle = "M8 1.75a6.25 6.25 0 1 1 0 12.5a6.25 6.25 0 0 1 0-12.5z";
const paths: Readonly<Record<Tone, string>> = {
  done: "M3.4 8.4l3 3.1l6.2-6.9",
  good: `${circle} M5.2 8.2l2 2l3.6-4.2`,
  bad: `${circle} M5.8 5.8l4.4 4.4 M10.2 5.8l-4.4 4.4`,
  waiting: `${circle} M8 4.6v3.6l2.3 1.4`,
  warning: "M8 2.2l6.3 11.3h-12.6z M8 6.4v3.4 M8 11.4v.5",
  info: `${circle} M8 7.3v3.9 M8 4.7v.5`,
};

/** A picture beside words that say the same. */
export function icon(tone: Tone): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon ${tone}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", paths[tone]);
  svg.append(path);
  return svg;
}

/** Words with the picture of their tone. */
export function note(tone: Tone, text: string): HTMLElement {
  return element("p", { class: `note ${tone}` }, icon(tone), element("span", {}, text));
}

let lastId = 0;
/** An id that no other element has. */
export function newId(name: string): string {
  return `${name}-${++lastId}`;
}

/** Sets the value only when it differs, so that the caret stays where it is. */
export function setValue(
  control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement,
  value: string,
): void {
  if (control.value !== value) control.value = value;
}

/**
 * Tells when the pointer presses a button and when it lets go, and afterwards, when the click is through, that all is
 * settled. A problem that appears while pressing, as the field before loses the focus, would move the button away from
 * under the pointer.
 */
export function holdWhilePressing(
  root: HTMLElement,
  tell: (isPressing: boolean) => void,
  settled: () => void,
): void {
  root.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Element && target.closest("button, label, summary, input")) tell(true);
  });
  for (const end of ["pointerup", "pointercancel", "keydown"]) {
    const release = () => {
      tell(false);
      window.setTimeout(settled);
    };
    window.addEventListener(end, release, { capture: true });
  }
}
