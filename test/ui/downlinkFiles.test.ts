/** Downlink files in a window with the packaged extension and the demo network. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCodeServer, type CodeServer } from "../editor/codeServer.mjs";
import { Workbench } from "../editor/workbench";
import { eventually } from "../support/eventually";

const vsix = path.resolve("thethingsstack.vsix");

const valve = `{
  "description": "Opens the valve for a while",
  "fPort": 15,
  "hex": "01 \${minutes:u16be}",
  "confirmed": true,
  "parameters": {
    "minutes": { "description": "Minutes", "type": "integer", "minimum": 0, "maximum": 1440, "default": 15 }
  }
}
`;
const wrong = `{
  "fPort": 0,
  "hex": "01 x2",
  "prioritty": "HIGH",
  "priority": "HIGH"
}
`;
/** A name that VS Code would make a link and an icon of. */
const hostile = "[Quit](command:workbench.action.quit) $(trash) [v2](1).downlink.json";

describe("Downlink files in a window", function () {
  this.timeout(90_000);
  let editor: CodeServer;
  let workbench: Workbench;
  let folder: string;

  before(async () => {
    assert.ok(existsSync(vsix), "No package: run `npm run package` first.");
    folder = await mkdtemp(path.join(tmpdir(), "downlink-files-"));
    await writeFile(path.join(folder, "valve.downlink.json"), valve);
    await writeFile(path.join(folder, "wrong.downlink.json"), wrong);
    await writeFile(path.join(folder, hostile), wrong);
    editor = await startCodeServer({
      ...{ which: "newest", workspaceFolder: folder, vsix, workspaceTrust: true },
      defaultViews: ["thethingsstack.applications"],
    });
    workbench = await Workbench.open(editor.url, { width: 1440, height: 900 });
    await workbench.page.getByRole("button", { name: "Try the Demo Network" }).click();
    await workbench.tree("Applications").row("pump-controller-3");
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.screenshot("downlink-files-failure");
  });

  after(async () => {
    await workbench.close();
    await editor.stop();
    await rm(folder, { recursive: true });
  });

  async function open(file: string, row: string | RegExp = file): Promise<void> {
    await workbench.page.keyboard.press("ControlOrMeta+P");
    await workbench.quickInput.step(/Search files/);
    await workbench.quickInput.type(file);
    await workbench.quickInput.pick(row);
    await lens("Send to…").waitFor();
  }
  const lens = (title: string) =>
    workbench.page.locator(".part.editor .codelens-decoration a", { hasText: title });
  const events = (text: RegExp) =>
    workbench.page.locator(".part.panel .view-line").filter({ hasText: text });
  /** From the lens to the last question, with ten minutes for the valve. */
  async function answer(last: string): Promise<void> {
    await lens(last).click();
    await workbench.quickInput.step("Choose an end device");
    await workbench.quickInput.type("pump-controller-3");
    await workbench.quickInput.pick("pump-controller-3");
    const question = await workbench.quickInput.step(/^Minutes \(a whole number from 0 to 1440\)/);
    assert.equal(question.value, "15");
    await workbench.quickInput.type("1441");
    await workbench.quickInput.step("At most 1440.");
    await workbench.quickInput.type("10");
    await workbench.quickInput.accept();
  }

  it("are neither sent nor copied in Restricted Mode, where the way to trust is offered", async () => {
    await open("valve.downlink.json");
    for (const title of ["Copy As…", "Send to…"]) {
      await lens(title).click();
      await workbench.notification(/only where you trust the workspace/);
      if (title === "Copy As…") await workbench.clearNotifications();
    }
    await workbench.answerNotification(/only where you trust/, "Manage Workspace Trust");
    await workbench.page.getByRole("button", { name: "Trust", exact: true }).first().click();
    await workbench.page.getByText("Restricted Mode").first().waitFor({ state: "hidden" });
  });

  it("are sent with a last look, and the server's answer follows", async () => {
    await open("valve.downlink.json");
    await answer("Send to…");
    const look = await workbench.quickInput.step("Opens the valve for a while");
    assert.equal(look.title, "Send valve.downlink.json: pump-controller-3, demo-farm");
    assert.equal(look.items[0]?.detail, "01 00 0A on FPort 15, NORMAL, confirmed");
    await workbench.screenshot("downlink-file-send");
    await workbench.quickInput.pick("Send to pump-controller-3");
    await workbench.runCommand("The Things Stack: Show Events");
    await events(/pump-controller-3\s+queued\s+p15\s+01\s?00\s?0A/)
      .first()
      .waitFor({ timeout: 30_000 });
  });

  it("are copied as a command, with the values that were asked for", async () => {
    await open("valve.downlink.json");
    await answer("Copy As…");
    await workbench.quickInput.step(/API keys are never copied/);
    await workbench.screenshot("copy-as");
    await workbench.quickInput.pick("Commands for another shell…");
    await workbench.quickInput.pick("PowerShell");
    await workbench.quickInput.step("Copy As (commands for PowerShell)");
    await workbench.quickInput.pick("mosquitto_pub: send");
    const copied = await eventually("the copy", () =>
      workbench.page.evaluate(async () => {
        const text = await navigator.clipboard.readText();
        return text.includes("mosquitto_pub") ? text : undefined;
      }),
    );
    assert.match(
      copied,
      /^'\{"downlinks":\[\{"f_port":15,"frm_payload":"AQAK",.*\| mosquitto_pub /,
    );
    assert.match(copied, / -P "\$env:TTS_API_KEY" .* -s$/);
  });

  it("show what is wrong as one types, at its place", async () => {
    await open("wrong.downlink.json");
    const errors = workbench.page.locator(".part.editor .squiggly-error");
    await eventually("three errors", async () => (await errors.count()) === 3);
    await workbench.runCommand("View: Toggle Problems");
    const rows = workbench.page.locator(".markers-panel .monaco-list-row");
    await rows.filter({ hasText: "FPort 0 belongs to the network" }).waitFor();
    await rows.filter({ hasText: "Not a hex digit" }).waitFor();
    await rows.filter({ hasText: 'no field "prioritty"' }).waitFor();
    for (const [name, theme] of [
      ["light", "Light Modern"],
      ["high-contrast", "Dark High Contrast"],
      ["dark", "Dark Modern"],
    ] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`downlink-file-problems-${name}`);
    }
    await lens("Send to…").click();
    const { buttons } = await workbench.notification(
      /wrong\.downlink\.json has errors\. Nothing was sent\./,
    );
    assert.ok(buttons.includes("Show Problems"));
    await workbench.clearNotifications();
  });

  it("A25 P30 have names that are no links and no icons, wherever they are said", async () => {
    // VS Code's own list of files draws the icon.
    await open("v2", /v2/);
    await lens("Send to…").click();
    const { message } = await workbench.notification(/has errors/);
    assert.equal(
      message,
      "[Quit] (command:workbench.action.quit) $(trash) [v2](1).downlink.json has errors. Nothing was sent.",
    );
    const toast = workbench.page.locator(".notifications-toasts .notification-list-item-message");
    assert.equal(await toast.locator("a, .codicon").count(), 0);
    await workbench.screenshot("downlink-file-hostile-name");
    await workbench.clearNotifications();
    await workbench.runCommand("View: Close All Editors");
    await workbench.runCommand("The Things Stack: Send Downlink File to…");
    const { items } = await workbench.quickInput.step("Choose a Downlink File");
    assert.ok(
      items.some(({ label }) => label.includes("$(trash) [v2](1)")),
      JSON.stringify(items),
    );
    const list = workbench.page.locator(".quick-input-list");
    assert.equal(await list.locator("a[href], .codicon-trash").count(), 0);
    await workbench.quickInput.cancel();
  });

  it("complete fields and values, and explain them", async () => {
    await open("wrong.downlink.json");
    const { keyboard } = workbench.page;
    await workbench.page.locator(".part.editor .view-line", { hasText: '"priority"' }).click();
    await keyboard.press("End");
    await keyboard.type(",");
    await keyboard.press("Enter");
    await keyboard.press("ControlOrMeta+Space");
    const row = (text: string) =>
      workbench.page.locator(".suggest-widget .monaco-list-row", { hasText: text });
    await row("confirmed").waitFor();
    await row("parameters").waitFor();
    await keyboard.press("Escape");
    await keyboard.press("ControlOrMeta+Z");
  });
});
