/** Moves the keyboard focus in the lists and trees of VS Code, and waits for conditions. */
import type { Locator } from "playwright-core";
import { eventually } from "../support/eventually";

/** Whether a text is, or holds, what is asked for. */
export function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? text === wanted : wanted.test(text);
}

/** The rows that a list shows now. VS Code renders only those in sight. */
export function rowLabels(list: Locator): Promise<string[]> {
  return list
    .locator(".monaco-list-row")
    .evaluateAll((rows) =>
      rows
        .sort((a, b) => Number(a.getAttribute("data-index")) - Number(b.getAttribute("data-index")))
        .map((row) => row.querySelector(".label-name")?.textContent.trim() ?? ""),
    );
}

interface FocusedRow {
  readonly index: number;
  readonly label: string;
}

async function focusedRow(list: Locator): Promise<FocusedRow | undefined> {
  const rows = await list.locator(".monaco-list-row.focused").evaluateAll((found) =>
    found.map((row) => ({
      index: Number(row.getAttribute("data-index")),
      label: row.querySelector(".label-name")?.textContent.trim() ?? "",
    })),
  );
  return rows[0];
}

/**
 * Moves the focus down, row by row and round again, until it is on the row with this label. The list must have the
 * keyboard focus, or a box that hands its arrow keys to the list.
 */
export async function moveToRow(list: Locator, wanted: string | RegExp): Promise<void> {
  const { keyboard } = list.page();
  const seen = async () => `the row ${String(wanted)} among: ${(await rowLabels(list)).join(", ")}`;
  await eventually(seen, async () => {
    const focused = await focusedRow(list);
    if (focused !== undefined && matches(focused.label, wanted)) return true;
    await keyboard.press("ArrowDown");
    if (!(await hasMoved(list, focused))) await keyboard.press("Home");
    return undefined;
  });
}

async function hasMoved(list: Locator, from: FocusedRow | undefined): Promise<boolean> {
  const moved = async () => ((await focusedRow(list))?.index === from?.index ? undefined : true);
  return eventually("a move", moved, 300).catch(() => false);
}
