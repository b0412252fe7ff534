/** A tree view of the side bar, read and used by keyboard. */
import type { Locator, Page } from "playwright-core";
import { matches, moveToRow, rowLabels } from "./lists";
import { eventually } from "../support/eventually";

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  readonly ariaLabel: string;
  readonly level: number;
  /** undefined: has no children. */
  readonly expanded: boolean | undefined;
}

export class TreeView {
  private readonly tree: Locator;

  /** `name` is the name of the view. */
  constructor(
    private readonly page: Page,
    name: string,
  ) {
    this.tree = page.getByRole("tree", { name, exact: true });
  }

  /** The rows in sight, from top to bottom. */
  async rows(): Promise<TreeRow[]> {
    const rows = await this.tree.locator(".monaco-list-row").evaluateAll(readRows);
    return rows.sort((a, b) => a.index - b.index).map(({ row }) => row);
  }

  /** Waits for a row whose label matches. */
  async row(label: string | RegExp): Promise<TreeRow> {
    const seen = async () =>
      `the tree row ${String(label)} among: ${(await rowLabels(this.tree)).join(", ")}`;
    return eventually(seen, async () => {
      const rows = await this.rows();
      return rows.find((row) => matches(row.label, label));
    });
  }

  async focusRow(label: string | RegExp): Promise<void> {
    await this.tree.focus();
    await this.page.keyboard.press("Home");
    await moveToRow(this.tree, label);
  }

  /** Opens a row with the right arrow key and waits until it is open. */
  async expand(label: string | RegExp): Promise<void> {
    const isOpen = async () => (await this.row(label)).expanded === true;
    await eventually(`${String(label)} to open`, async () => {
      if (await isOpen()) return true;
      // A refresh of the tree takes the focus away from the row, or the key.
      await this.focusRow(label);
      await this.page.keyboard.press("ArrowRight");
      return eventually("it to open", isOpen, 1_000).catch(() => undefined);
    });
  }

  /** Focuses a row and presses a key, such as Enter. */
  async press(label: string | RegExp, key: string): Promise<void> {
    await this.focusRow(label);
    await this.page.keyboard.press(key);
  }

  /** Opens a row's context menu by keyboard and returns its entries. */
  async contextMenu(label: string | RegExp): Promise<string[]> {
    await this.press(label, "Shift+F10");
    const entries = this.page.locator(
      ".monaco-menu .action-item:not(.disabled) .action-label[aria-label]",
    );
    await entries.first().waitFor();
    return entries.evaluateAll((found) =>
      found.map((entry) => entry.getAttribute("aria-label") ?? ""),
    );
  }

  /** Opens a row's context menu and chooses an entry. */
  async choose(label: string | RegExp, entry: string): Promise<void> {
    const menu = this.page.locator(".monaco-menu");
    const focused = menu.locator(".action-item.focused .action-label");
    await eventually(`the menu entry ${entry}`, async () => {
      // Notifications and refreshes can close it again.
      if ((await menu.count()) === 0) await this.contextMenu(label);
      await this.page.keyboard.press("ArrowDown");
      const [shown] = await focused.evaluateAll((found) =>
        found.map((each) => each.getAttribute("aria-label")),
      );
      return shown === entry ? true : undefined;
    });
    await this.page.keyboard.press("Enter");
    await menu.first().waitFor({ state: "hidden" });
  }
}

function readRows(rows: Element[]): { index: number; row: TreeRow }[] {
  return rows.map((row) => {
    const text = (selector: string) => row.querySelector(selector)?.textContent.trim() ?? "";
    const expanded = row.getAttribute("aria-expanded");
    return {
      index: Number(row.getAttribute("data-index")),
      row: {
        label: text(".label-name"),
        description: text(".label-description"),
        ariaLabel: row.getAttribute("aria-label") ?? "",
        level: Number(row.getAttribute("aria-level")),
        expanded: expanded === null ? undefined : expanded === "true",
      },
    };
  });
}
