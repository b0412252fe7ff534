// Starts the Chromium that shows VS Code in the browser.
import { chromium } from "playwright-core";
import { findChromium } from "./systemPackages.mjs";

/** Nothing that asks the network, and none of the page's own connections refused as "local network access". */
const flags = [
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
  "--disable-features=LocalNetworkAccessChecks",
];

/**
 * Starts a headless Chromium; rejects in words when this machine has none.
 * @returns {Promise<import("playwright-core").Browser>}
 */
export async function launchChromium() {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error("No Chromium found: install one, or let CHROMIUM_PATH name its executable.");
  }
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: isRoot ? ["--no-sandbox", ...flags] : flags });
}
