/** The box at the top of the window: command palette, quick picks and input boxes. */
import type { Locator, Page } from "playwright-core";
import { matches, moveToRow } from "./lists";
import { eventually } from "../support/eventually";

/** What the box shows; texts are empty where there is none. `items` holds the rows in sight. */
export interface QuickInputState {
  readonly title: string;
  readonly value: string;
  readonly placeholder: string;
  /** The prompt of an input box, or its validation message. */
  readonly message: string;
  readonly severity: "none" | "info" | "warning" | "error";
  readonly masked: boolean;
  readonly items: readonly QuickInputItem[];
}

export interface QuickInputItem {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly ariaLabel: string;
}

export class QuickInput {
  private readonly widget: Locator;
  private readonly input: Locator;
  private readonly list: Locator;

  constructor(private readonly page: Page) {
    this.widget = page.locator(".quick-input-widget").filter({ visible: true });
    this.input = this.widget.locator(".quick-input-box input");
    this.list = this.widget.locator(".quick-input-list .monaco-list");
  }

  /** What the box shows now; undefined when it is closed. */
  async state(): Promise<QuickInputState | undefined> {
    const [state] = await this.widget.evaluateAll(readWidget);
    return state;
  }

  /** Waits for the step whose title, placeholder or message matches and returns what it shows. */
  async step(wanted: string | RegExp): Promise<QuickInputState> {
    const shown = async () =>
      `the step ${String(wanted)}; now: ${JSON.stringify(await this.state())}`;
    return eventually(shown, async () => {
      const state = await this.state();
      const texts = state === undefined ? [] : [state.title, state.placeholder, state.message];
      return texts.some((text) => matches(text, wanted)) ? state : undefined;
    });
  }

  /** Replaces the value by typing. */
  async type(text: string): Promise<void> {
    await this.input.press("ControlOrMeta+A");
    if (text === "") await this.page.keyboard.press("Delete");
    else await this.page.keyboard.type(text);
  }

  /** Replaces the value by pasting from the clipboard, as users do with long texts. */
  async paste(text: string): Promise<void> {
    await this.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await this.input.press("ControlOrMeta+A");
    await this.page.keyboard.press("ControlOrMeta+V");
  }

  /** Presses Enter. */
  async accept(): Promise<void> {
    await this.input.press("Enter");
  }

  /** Moves to the row with this label and presses Enter. In a long list, type a part of the label first. */
  async pick(label: string | RegExp): Promise<void> {
    await this.input.focus();
    await moveToRow(this.list, label);
    await this.page.keyboard.press("Enter");
  }

  /** Presses Escape and waits until the box is closed. */
  async cancel(): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.closed();
  }

  async closed(): Promise<void> {
    await this.page.locator(".quick-input-widget").first().waitFor({ state: "hidden" });
  }
}

function readWidget(widgets: Element[]): QuickInputState[] {
  const text = (parent: Element, selector: string) => {
    const element = parent.querySelector<HTMLElement>(selector);
    return element?.offsetParent ? element.innerText.trim() : "";
  };
  return widgets.map((widget) => {
    const input = widget.querySelector<HTMLInputElement>(".quick-input-box input");
    const box = widget.querySelector(".quick-input-box .monaco-inputbox");
    const severities = ["info", "warning", "error"] as const;
    return {
      title: text(widget, ".quick-input-title"),
      value: input?.value ?? "",
      placeholder: input?.placeholder ?? "",
      message: text(widget, ".quick-input-message"),
      severity: severities.find((severity) => box?.classList.contains(severity)) ?? "none",
      masked: input?.type === "password",
      items: [...widget.querySelectorAll(".quick-input-list .monaco-list-row")].map((row) => ({
        label: text(row, ".label-name"),
        description: text(row, ".label-description"),
        detail: text(row, ".quick-input-list-label-meta"),
        ariaLabel: row.getAttribute("aria-label") ?? "",
      })),
    };
  });
}
