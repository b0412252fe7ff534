/** The other settings, typed and within bounds; a value of the wrong type counts as its default. */
import * as vscode from "vscode";

export interface ExplorerSettings {
  /** Events kept in memory. */
  readonly maximumMessages: number;
  /** Raw bytes kept in memory. */
  readonly maximumBytes: number;
  readonly startDemoOnStartup: boolean;
}

export function readSettings(): ExplorerSettings {
  return {
    maximumMessages: number("history.maximumMessages", 5_000, 100, 1_000_000),
    maximumBytes: number("history.maximumMegabytes", 16, 1, 1_024) * 1024 * 1024,
    startDemoOnStartup: globalValue("demo.startOnStartup") === true,
  };
}

/** Downlinks that each application may send in a minute; read anew for every one. */
export function downlinksPerMinute(): number {
  return number("downlink.perMinute", 10, 1, 60);
}

/** How long the server may take to answer to a downlink, milliseconds; read anew for every one. */
export function answerTimeout(): number {
  return number("downlink.answerTimeout", 15, 5, 120) * 1_000;
}

function number(name: string, fallback: number, minimum: number, maximum: number): number {
  const value = globalValue(name);
  if (typeof value !== "number" || !Number.isInteger(value)) return fallback;
  return value >= minimum && value <= maximum ? value : fallback;
}

/** Only the user's own value: a workspace cannot change caps. */
function globalValue(name: string): unknown {
  return vscode.workspace.getConfiguration("thethingsstack").inspect<unknown>(name)?.globalValue;
}
