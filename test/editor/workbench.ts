/** A VS Code window in Chromium, used as a user would: by keyboard, reading what is on the screen. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { launchChromium } from "./chromium.mjs";
import { matches } from "./lists";
import { eventually } from "../support/eventually";
import { QuickInput } from "./quickInput";
import { TreeView } from "./treeView";

export interface Notification {
  readonly severity: "info" | "warning" | "error";
  readonly message: string;
  readonly buttons: readonly string[];
}

/** A modal question. */
export interface Dialog {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly string[];
}

export interface WindowSize {
  readonly width: number;
  readonly height: number;
}

export class Workbench {
  readonly quickInput: QuickInput;

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {
    this.quickInput = new QuickInput(page);
  }

  /** Starts Chromium, opens the page of `startCodeServer` and waits until the window is there. */
  static async open(url: string, viewport: WindowSize = { width: 1280, height: 800 }) {
    const browser = await launchChromium();
    const permissions = ["clipboard-read", "clipboard-write"];
    const context = await browser.newContext({ viewport, permissions });
    const workbench = new Workbench(browser, await context.newPage());
    await workbench.load(url);
    return workbench;
  }

  /** A second window beside this one, which shares its storage; it closes with this one. */
  async openBeside(url: string): Promise<Workbench> {
    const workbench = new Workbench(this.browser, await this.page.context().newPage());
    await workbench.load(url);
    return workbench;
  }

  private async load(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor({ timeout: 60_000 });
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** Runs a command from the palette. `title` as the palette shows it: `Category: Title`. */
  async runCommand(title: string): Promise<void> {
    const palette = "Type the name of a command to run.";
    await this.page.keyboard.press("F1");
    await this.quickInput.step(palette);
    await this.page.keyboard.insertText(title); // After the ">" that is there.
    await this.quickInput.pick(title);
    await eventually("the palette to close", async () =>
      (await this.quickInput.state())?.placeholder === palette ? undefined : true,
    );
  }

  /** As a user does it, so that VS Code keeps what it keeps; the page of the browser goes under the open palette. */
  async reloadWindow(): Promise<void> {
    const command = "Developer: Reload Window";
    await this.page.keyboard.press("F1");
    await this.quickInput.step("Type the name of a command to run.");
    await this.page.keyboard.insertText(command);
    await Promise.all([this.page.waitForEvent("load"), this.quickInput.pick(command)]);
  }

  /** Waits until VS Code has written down what it remembers, which in the browser takes it some seconds. */
  async remembers(wanted: RegExp, milliseconds?: number): Promise<void> {
    const texts = () => this.page.evaluate(readStorage);
    const seen = async () =>
      `${String(wanted)} in what VS Code remembers: ${(await texts()).filter((each) => each.includes("tree.")).join("; ")}`;
    const isThere = async () => (await texts()).some((each) => wanted.test(each));
    await eventually(seen, isThere, milliseconds);
  }

  /** A tree view by its name. */
  tree(view: string): TreeView {
    return new TreeView(this.page, view);
  }

  /** Shows an output channel in the panel. */
  async showOutput(channel: string): Promise<void> {
    await this.runCommand("Output: Show Output Channels...");
    await this.quickInput.pick(channel);
    await this.quickInput.closed();
    await this.outputEditor().waitFor();
  }

  /** The whole text of the output channel in the panel, lines out of sight included. Uses the clipboard. */
  async readOutput(): Promise<string> {
    const { keyboard } = this.page;
    const nothing = "(nothing copied)";
    await this.page.evaluate((text) => navigator.clipboard.writeText(text), nothing);
    await this.outputEditor().locator("textarea, .native-edit-context").first().focus();
    await keyboard.press("ControlOrMeta+A");
    await keyboard.press("ControlOrMeta+C");
    const copied = await eventually(
      "a copy of the output",
      async () => {
        const text = await this.page.evaluate(() => navigator.clipboard.readText());
        return text === nothing ? undefined : text;
      },
      2000,
    ).catch(() => ""); // An empty channel copies nothing.
    await keyboard.press("ControlOrMeta+End"); // Follows the newest line again.
    return copied.replaceAll("\r\n", "\n");
  }

  /** Shows an output channel and returns its whole text. */
  async outputText(channel: string): Promise<string> {
    await this.showOutput(channel);
    return this.readOutput();
  }

  /** Shows an output channel, waits until a line matches and returns that line. */
  async outputLine(channel: string, wanted: RegExp): Promise<string> {
    await this.showOutput(channel);
    return eventually(`the output line ${String(wanted)}`, async () => {
      const lines = (await this.readOutput()).split("\n");
      return lines.find((line) => wanted.test(line));
    });
  }

  private outputEditor() {
    return this.page.locator('.part.panel .monaco-editor[data-uri^="output:"]');
  }

  /** The document of a webview panel, by the panel's title. */
  async webviewFrame(title: string): Promise<FrameLocator> {
    const outer = this.page.locator("iframe.webview.ready");
    const name = await eventually(`the webview ${title}`, () =>
      outer.evaluateAll((frames, wanted) => {
        const inside = (frame: Element) =>
          (frame as HTMLIFrameElement).contentDocument?.querySelector<HTMLElement>("#active-frame");
        const found = frames.find((frame) => inside(frame)?.title === wanted);
        return found?.getAttribute("name") ?? undefined;
      }, title),
    );
    return this.page.frameLocator(`iframe[name="${name}"]`).frameLocator("#active-frame");
  }

  /** Changes the colour theme, by the name that the list of themes shows. */
  async setTheme(name: string): Promise<void> {
    const classes = () => this.page.locator(".monaco-workbench").first().getAttribute("class");
    await this.runCommand("Preferences: Color Theme");
    const before = await classes();
    await this.quickInput.step(/theme/i);
    await this.quickInput.type(name);
    await this.quickInput.pick(name);
    await this.quickInput.closed();
    const change = async () => ((await classes()) === before ? undefined : true);
    await eventually("the theme", change, 2000).catch(() => undefined); // It was this theme already.
  }

  /** The notifications in sight, newest first. At most three: later ones wait, so clear those that you have read. */
  notifications(): Promise<Notification[]> {
    return this.toasts().evaluateAll((toasts) =>
      toasts.map((toast) => {
        const icon = toast.querySelector(".notification-list-item-icon")?.className ?? "";
        return {
          severity: (["error", "warning"] as const).find((name) => icon.includes(name)) ?? "info",
          message: toast.querySelector(".notification-list-item-message")?.textContent.trim() ?? "",
          buttons: [...toast.querySelectorAll(".monaco-button")].map((it) => it.textContent.trim()),
        };
      }),
    );
  }

  /** Waits for a notification whose message matches. */
  async notification(wanted: string | RegExp): Promise<Notification> {
    const seen = async () =>
      `the notification ${String(wanted)}; now: ${JSON.stringify(await this.notifications())}`;
    return eventually(seen, async () =>
      (await this.notifications()).find(({ message }) => matches(message, wanted)),
    );
  }

  async clearNotifications(): Promise<void> {
    await this.runCommand("Notifications: Clear All Notifications");
    await this.toasts().first().waitFor({ state: "hidden" });
  }

  /** Waits for a notification and presses one of its buttons. */
  async answerNotification(wanted: string | RegExp, button: string): Promise<void> {
    const { message } = await this.notification(wanted);
    const toast = this.toasts().filter({ hasText: message }).first();
    await toast.getByRole("button", { name: button, exact: true }).press("Enter");
  }

  private toasts() {
    return this.page.locator(".notifications-toasts .notification-list-item");
  }

  /** Waits for a modal question. */
  async dialog(): Promise<Dialog> {
    const box = this.page.locator(".monaco-dialog-box");
    await box.waitFor();
    return box.evaluate((element) => ({
      message: element.querySelector(".dialog-message")?.textContent.trim() ?? "",
      detail: element.querySelector(".dialog-message-detail")?.textContent.trim() ?? "",
      buttons: [...element.querySelectorAll(".monaco-button")].map((it) => it.textContent.trim()),
    }));
  }

  /** Waits for a modal question and presses one of its buttons. */
  async answerDialog(button: string): Promise<void> {
    const box = this.page.locator(".monaco-dialog-box");
    await box.getByRole("button", { name: button, exact: true }).press("Enter");
    await box.waitFor({ state: "hidden" });
  }

  /** The accessible names of the entries of the status bar. */
  statusBar(): Promise<string[]> {
    return this.page
      .locator(".part.statusbar .statusbar-item .statusbar-item-label")
      .evaluateAll((items) => items.map((item) => item.getAttribute("aria-label") ?? ""));
  }

  /** Writes `artifacts/screenshots/<name>.png` and returns its path. */
  async screenshot(name: string): Promise<string> {
    const file = path.resolve("artifacts", "screenshots", `${name}.png`);
    await mkdir(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
    return file;
  }
}

/** Every text that the page keeps in its databases. */
async function readStorage(): Promise<string[]> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error(request.error?.message));
    });
  const texts: string[] = [];
  for (const { name } of await indexedDB.databases()) {
    if (name?.startsWith("vscode-web-state-db") !== true) continue;
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const values = await done(database.transaction(store).objectStore(store).getAll());
      texts.push(...values.filter((each) => typeof each === "string"));
    }
    database.close();
  }
  return texts;
}
