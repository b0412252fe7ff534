/** The downlink panel after the window was reloaded, while nothing else would start the extension. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCodeServer, type CodeServer } from "../editor/codeServer.mjs";
import { Workbench } from "../editor/workbench";

const stored = {
  application: "soil-lab@ttn",
  host: "127.0.0.1",
  port: 9,
  security: "plaintext",
};

describe("A restored downlink panel", function () {
  this.timeout(60_000);
  let editor: CodeServer;
  let workbench: Workbench;
  let folder: string;

  // Without the extension's view on the screen, which would start it.
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "explorer-restored-"));
    editor = await startCodeServer({
      which: "newest",
      workspaceFolder: folder,
      extensionFolder: path.resolve("."),
      settings: { "thethingsstack.applications": [stored] },
    });
    workbench = await Workbench.open(editor.url);
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.screenshot("restored-panel-failure");
  });

  after(async () => {
    await workbench.close();
    await editor.stop();
    await rm(folder, { recursive: true });
  });

  it("W10 comes back with its draft and its target although its view is not shown", async () => {
    const { page } = workbench;
    const container = page.getByRole("tab", { name: "The Things Stack" });
    await container.waitFor(); // its commands are there, too
    await workbench.runCommand("The Things Stack: Compose a Downlink");
    const before = await workbench.webviewFrame("Downlink");
    await before.getByLabel("End device", { exact: true }).selectOption({
      label: "Another end device id…",
    });
    await before.getByLabel("End device id").fill("pump-1");
    await before.getByLabel("Payload", { exact: true }).fill("BE EF");
    await before.getByText("2 bytes").waitFor();
    await workbench.reloadWindow();
    const after = await workbench.webviewFrame("Downlink");
    await after.getByRole("heading", { name: "Sent to pump-1" }).waitFor();
    assert.equal(await after.getByLabel("Payload", { exact: true }).inputValue(), "BE EF");
    assert.equal(await after.getByLabel("End device id").inputValue(), "pump-1");
    await after.getByText("Not connected.").waitFor();
    assert.equal(await container.getAttribute("aria-selected"), "false");
    // It is alive: the host answers to what is typed.
    await after.getByLabel("Payload", { exact: true }).fill("BE EF 01");
    await after.getByText("3 bytes").waitFor();
  });
});
