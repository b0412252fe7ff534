/** Payload formatters as one works on them: bound, edited, saved, compared, with the demo network as the server. */
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCodeServer, type CodeServer } from "../editor/codeServer.mjs";
import { Workbench } from "../editor/workbench";
import { eventually } from "../support/eventually";

const view = "Applications";
const example = path.resolve("test", "fixtures", "demo-farm");

/** A window on a copy of the example; `change` makes another text of soil-probe.js. */
async function openExample(
  options: { readonly workspaceTrust: boolean },
  change = (text: string) => text,
) {
  const folder = await mkdtemp(path.join(tmpdir(), "explorer-formatters-"));
  await cp(example, folder, { recursive: true });
  const file = path.join(folder, "formatters", "soil-probe.js");
  await writeFile(file, change(await readFile(file, "utf8")));
  const editor: CodeServer = await startCodeServer({
    which: "newest",
    workspaceFolder: folder,
    extensionFolder: path.resolve("."),
    defaultViews: ["thethingsstack.applications"],
    settings: { "thethingsstack.demo.startOnStartup": true, "files.autoSave": "off" },
    ...options,
  });
  const workbench = await Workbench.open(editor.url, { width: 1440, height: 900 });
  await workbench.page
    .getByRole("treeitem", { name: /soil-probe-01/ })
    .waitFor({ timeout: 60_000 });
  const close = async () => {
    await workbench.close();
    await editor.stop();
    await rm(folder, { recursive: true });
  };
  return { folder, workbench, close };
}

async function openFile(workbench: Workbench, name: string): Promise<void> {
  // A window that is just taking in that it is trusted loses a key.
  await eventually("the search for files", async () => {
    await workbench.page.keyboard.press("ControlOrMeta+P");
    const isOpen = async () =>
      (await workbench.quickInput.state())?.placeholder.startsWith("Search files by name");
    return eventually("it", isOpen, 4_000).catch(() => undefined);
  });
  await workbench.quickInput.type(name);
  await eventually("the file", async () =>
    (await workbench.quickInput.state())?.items.some(({ label }) => label === name),
  );
  await workbench.quickInput.pick(name);
  await workbench.page.getByRole("tab", { name: new RegExp(`^${name}`) }).waitFor();
}

/** Puts a text in place of the one in the editor, and saves it. */
async function saveText(workbench: Workbench, name: string, text: string): Promise<void> {
  const { page } = workbench;
  await openFile(workbench, name);
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await page.locator(".editor-instance .view-lines").first().click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("ControlOrMeta+V");
  await page.locator(".tab.dirty").first().waitFor();
  await page.keyboard.press("ControlOrMeta+S");
  await page.locator(".tab.dirty").first().waitFor({ state: "detached" });
  await page.keyboard.press("ControlOrMeta+Home"); // The lens above the first function comes into sight.
}

describe("Payload formatters in a window", function () {
  this.timeout(120_000);

  describe("of a trusted folder", () => {
    let workbench: Workbench;
    let folder: string;
    let close: () => Promise<void>;
    let original: string;

    before(async () => {
      ({ workbench, folder, close } = await openExample({ workspaceTrust: false }));
      original = await readFile(path.join(folder, "formatters", "soil-probe.js"), "utf8");
    });

    after(() => close());

    afterEach(async function () {
      if (this.currentTest?.state === "failed") await workbench.screenshot("formatters-failure");
    });

    /** What stands above a function. */
    const lens = (text: string | RegExp) =>
      workbench.page.locator(".codelens-decoration a", { hasText: text }).first();

    it("says above decodeUplink what it makes of the frames, and that the server agrees", async () => {
      await openFile(workbench, "soil-probe.js");
      await lens(/\d+ frames? ok/).waitFor();
      await lens("as the server").waitFor();
      await lens(/soil-probe-01 #\d+ p2: battery_v=3\.\d+ soil_moisture=/).waitFor();
      await workbench.screenshot("formatters-lens");
    });

    it("binds the file in the editor step by step, with a way back", async () => {
      const { quickInput } = workbench;
      await openFile(workbench, "well-meter.js");
      await lens("Bind to an application…").click();
      await quickInput.step(/whose uplinks formatters\/well-meter\.js decodes/);
      await quickInput.pick("demo-farm");
      await quickInput.step(/For which end devices/);
      await workbench.screenshot("formatters-bind");
      await workbench.page.getByRole("button", { name: "Back" }).click();
      await quickInput.step(/whose uplinks/);
      await quickInput.pick("demo-farm");
      await quickInput.pick("well-meter-*");
      await quickInput.step(/FPorts of the uplinks/);
      await quickInput.type("300");
      await quickInput.step(/Numbers from 1 to 255/);
      await quickInput.type("7");
      await quickInput.accept();
      await quickInput.closed();
      await lens(/\d+ frames? ok/).waitFor();
      const settings = await readFile(path.join(folder, ".vscode", "settings.json"), "utf8");
      const [first] = (JSON.parse(settings) as Record<string, readonly unknown[]>)[
        "thethingsstack.formatters"
      ] ?? [undefined];
      assert.deepEqual(first, {
        file: "formatters/well-meter.js",
        application: "demo-farm@demo",
        devices: "well-meter-*",
        fPorts: [7],
      });
    });

    it("counts on save which frames come out otherwise, and marks the drift in tree and log", async () => {
      const changed = original.replace("unsigned(bytes, 2) / 10,", "unsigned(bytes, 2) / 100,");
      await saveText(workbench, "soil-probe.js", changed);
      await lens(/\d+ of \d+ differs? from before/).waitFor();
      await lens(/\d+ of \d+ differs? from the server/).waitFor();
      await eventually("the mark in the tree", async () =>
        (await workbench.tree(view).row("soil-probe-01")).description.includes(
          "local differs from server",
        ),
      );
      const line = await workbench.outputLine("The Things Stack", /DRIFT /);
      assert.match(
        line,
        /^\d\d:\d\d:\d\d\.\d{3} {2}d\d+ +DRIFT soil-probe-01 +#\d+ +p2 +local soil_moisture=\d\.\d+ {2}server soil_moisture=\d\d(?:\.\d+)?$/,
      );
      await workbench.screenshot("formatters-drift");
      // The editor of `npm start` and of the tests has nothing to say of itself, a script being open for a while.
      assert.deepEqual(await workbench.notifications(), []);
    });

    it("opens a diff from the line, from the lens and from the tree", async () => {
      const { page, quickInput } = workbench;
      const both = page.locator(".diff-editor-instance, .monaco-diff-editor").first();
      await page
        .locator(".part.panel .view-line", { hasText: "DRIFT" })
        .last()
        .locator(".detected-link")
        .click({ modifiers: ["ControlOrMeta"] });
      const tab = page.getByRole("tab", { name: /soil-probe-01 #\d+ p2: server ↔ formatters/ });
      await tab.waitFor();
      await both.locator(".view-line", { hasText: "soil_moisture" }).first().waitFor();
      await workbench.screenshot("formatters-diff");
      await page.keyboard.press("ControlOrMeta+F4");
      await openFile(workbench, "soil-probe.js");
      await lens(/differs? from before/).click();
      const list = await quickInput.step("Frames That Differ from Before");
      assert.match(list.items[0]?.label ?? "", /^soil-probe-01 #\d+ p2$/);
      await workbench.screenshot("formatters-list");
      await quickInput.accept();
      await page.getByRole("tab", { name: /before ↔ now/ }).waitFor();
      await both.locator(".view-line", { hasText: "decoded_payload" }).first().waitFor();
      await workbench.tree(view).choose("soil-probe-01", "Compare with the Server");
      await tab.waitFor();
    });

    it("puts an error into the Problems panel, at the line that throws", async () => {
      const broken = original.replace(
        "  var battery =",
        '  throw new Error("boom");\n  var battery =',
      );
      await saveText(workbench, "soil-probe.js", broken);
      await lens(/\d+ frames?: 0 ok, \d+ fail/).waitFor();
      await workbench.runCommand("Problems: Focus on Problems View");
      const problem = workbench.page.locator(".markers-panel .monaco-list-row", {
        hasText: "boom",
      });
      await problem.first().waitFor();
      const line = broken.split("\n").findIndex((each) => each.includes("boom")) + 1;
      assert.match((await problem.first().textContent()) ?? "", new RegExp(`Ln ${line}, Col`));
      await workbench.screenshot("formatters-problem");
    });

    it("is as before and as the server once the old text is back", async () => {
      await saveText(workbench, "soil-probe.js", original);
      await lens(/\d+ frames? ok/).waitFor();
      await lens("as the server").waitFor();
      await eventually("no mark in the tree", async () =>
        (await workbench.tree(view).row("soil-probe-01")).description.includes("local")
          ? undefined
          : true,
      );
    });

    it("shows what the formatter makes of a downlink in its JSON document", async () => {
      const { page } = workbench;
      await workbench.tree(view).expand("pump-controller-3");
      await workbench.tree(view).press(/ DOWN$/, "Enter");
      await page
        .locator(".editor-instance .view-line", { hasText: "decoded here with" })
        .first()
        .waitFor();
      await workbench.screenshot("formatters-downlink");
    });

    it("shows in the downlink panel which bytes fields become here, before they are sent", async () => {
      await workbench.tree(view).choose("pump-controller-3", "Compose a Downlink");
      const page = await workbench.webviewFrame("Downlink");
      const card = page.locator(".cards .card").first();
      await card.locator(".segments label", { hasText: "Fields" }).click();
      await card.getByLabel("FPort").fill("15");
      const payload = card.getByLabel("Payload", { exact: true });
      await payload.fill('{"valve":"open","minutes":300}');
      const name = "formatters/pump-controller.js";
      await page.getByText(`Encoded here with ${name}: 01 01 2C on FPort 15 (3 bytes).`).waitFor();
      await page.getByText(`Warning of ${name}: the tank is empty after 120 minutes`).waitFor();
      await workbench.screenshot("formatters-panel");
      await payload.fill('{"valve":"ajar"}');
      await page.getByText(`Encoding fails here with ${name}: valve is open or closed`).waitFor();
      await payload.fill('{"valve":"open","colour":"red"}');
      await page
        .getByText(/^Decoded again the fields differ: \{"valve":"open","minutes":0\}/)
        .waitFor();
    });

    it("looks right in every theme", async () => {
      await saveText(
        workbench,
        "soil-probe.js",
        original.replace("signed(bytes, 4) / 100", "signed(bytes, 4) / 10"),
      );
      await lens(/differs? from the server/).waitFor();
      await workbench.outputLine("The Things Stack", /DRIFT .*soil_temperature/);
      for (const theme of [
        "Dark Modern",
        "Dark High Contrast",
        "Light High Contrast",
        "Light Modern",
      ]) {
        await workbench.setTheme(theme);
        await workbench.screenshot(`formatters-${theme.toLowerCase().replaceAll(" ", "-")}`);
      }
    });
  });

  describe("of a folder in Restricted Mode", () => {
    let workbench: Workbench;
    let close: () => Promise<void>;

    before(async () => {
      // It differs from the server: if it ran, every frame would show it.
      ({ workbench, close } = await openExample({ workspaceTrust: true }, (text) =>
        text.replace("unsigned(bytes, 2) / 10,", "unsigned(bytes, 2) / 100,"),
      ));
    });

    after(() => close());

    afterEach(async function () {
      if (this.currentTest?.state === "failed") await workbench.screenshot("formatters-failure");
    });

    it("S14 runs nothing, and says why when asked", async () => {
      const line = (text: RegExp) =>
        workbench.page.locator(".part.panel .view-line", { hasText: text }).first();
      await openFile(workbench, "soil-probe.js");
      await line(/UP.*soil-probe-01/).waitFor();
      await workbench.runCommand("The Things Stack: Bind a Payload Formatter…");
      const { buttons } = await workbench.notification(/They run only where you trust it/);
      assert.deepEqual(buttons, ["Manage Workspace Trust"]);
      await line(/UP.*pump-controller-3/).waitFor();
      assert.equal(await workbench.page.locator(".codelens-decoration a").count(), 0);
      assert.doesNotMatch(await workbench.readOutput(), /LOCAL|DRIFT/);
      await workbench.screenshot("formatters-restricted");
    });

    it("runs once the folder is trusted", async () => {
      await workbench.clearNotifications();
      await workbench.runCommand("The Things Stack: Bind a Payload Formatter…");
      await workbench.answerNotification(
        /They run only where you trust it/,
        "Manage Workspace Trust",
      );
      await workbench.page.getByRole("button", { name: "Trust", exact: true }).first().click();
      await openFile(workbench, "soil-probe.js");
      await workbench.page
        .locator(".codelens-decoration a", { hasText: /\d+ of \d+ differs? from the server/ })
        .first()
        .waitFor();
    });
  });
});
