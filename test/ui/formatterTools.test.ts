/** The tools around a payload formatter: checks while typing, hovers, the byte map, tests, the debugger. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCodeServer, type CodeServer } from "../editor/codeServer.mjs";
import { Workbench } from "../editor/workbench";
import { eventually } from "../support/eventually";

const view = "Applications";

/** As the soil probe of the demo network sends; its last line is what the server lacks. */
const formatter = `function decodeUplink(input) {
  var bytes = input.bytes;
  if (bytes.length !== 6) return { errors: ["not six bytes"] };
  return {
    data: {
      battery_v: ((bytes[0] << 8) | bytes[1]) / 1000,
      soil_moisture: ((bytes[2] << 8) | bytes[3]) / 10,
      soil_temperature: ((bytes[4] << 24) >> 16 | bytes[5]) / 100,
    },
  };
}
var example = "0DC0 0136 0546";
function unused() { console.log(example); }
`;
const tests = {
  formatter: "soil.js",
  tests: [
    {
      name: "a good frame",
      type: "decodeUplink",
      input: { bytes: "0DC001360546", fPort: 2 },
      output: { data: { battery_v: 3.52, soil_moisture: 31, soil_temperature: 13.5 } },
    },
    {
      name: "a wrong expectation",
      type: "decodeUplink",
      input: { bytes: "0DC001360546", fPort: 2 },
      output: { data: { battery_v: 3.52, soil_moisture: 99, soil_temperature: 13.5 } },
    },
    {
      name: "a short frame",
      type: "decodeUplink",
      input: { bytes: [1], fPort: 2 },
      output: { errors: ["not six bytes"] },
    },
  ],
};
const settings = {
  "thethingsstack.formatters": [
    { file: "soil.js", application: "demo-farm@demo", devices: "soil-*" },
  ],
};
const themes = [
  ["Dark Modern", "dark"],
  ["Light Modern", "light"],
  ["Dark High Contrast", "high-contrast"],
] as const;

describe("The tools of payload formatters in a window", function () {
  this.timeout(120_000);
  let editor: CodeServer;
  let workbench: Workbench;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "explorer-tools-"));
    await mkdir(path.join(folder, ".vscode"));
    await writeFile(path.join(folder, ".vscode", "settings.json"), JSON.stringify(settings));
    await writeFile(path.join(folder, "soil.js"), formatter);
    await writeFile(
      path.join(folder, "soil.formatter-tests.json"),
      JSON.stringify(tests, undefined, 2),
    );
    editor = await startCodeServer({
      which: "newest",
      workspaceFolder: folder,
      extensionFolder: path.resolve("."),
      defaultViews: ["thethingsstack.applications"],
      settings: { "thethingsstack.demo.startOnStartup": true, "files.autoSave": "off" },
    });
    workbench = await Workbench.open(editor.url, { width: 1440, height: 900 });
    await workbench.tree(view).row("soil-probe-01");
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await workbench.screenshot("formatter-tools-failure");
  });

  after(async () => {
    await workbench.close();
    await editor.stop();
    await rm(folder, { recursive: true });
  });

  async function openFile(name: string): Promise<void> {
    await workbench.page.keyboard.press("ControlOrMeta+P");
    await workbench.quickInput.step(/Search files by name/);
    await workbench.quickInput.type(name);
    await eventually("the file", async () =>
      (await workbench.quickInput.state())?.items.some(({ label }) => label === name),
    );
    await workbench.quickInput.pick(name);
    await workbench.page.getByRole("tab", { name: new RegExp(`^${name}`) }).waitFor();
  }

  /** The text of the hover over a piece of the editor's text, opened by keyboard. */
  async function hoverOver(text: string): Promise<string> {
    const { page } = workbench;
    await page.locator(".editor-instance .view-line span span", { hasText: text }).first().click();
    await workbench.runCommand("Show or Focus Hover");
    const hover = page.locator(".monaco-hover-content", { hasText: "bytes" }).first();
    await hover.getByText("decoded with").waitFor();
    return (await hover.innerText()).replaceAll("\u00a0", " ");
  }

  /** What a screen reader says of the rows of the Test Explorer. */
  const testRows = () =>
    workbench.page
      .locator(".test-explorer .monaco-list-row")
      .evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label") ?? ""));

  it("marks what the server lacks, while one types", async () => {
    await openFile("soil.js");
    await workbench.page.locator(".squiggly-warning").first().waitFor();
    await workbench.runCommand("View: Toggle Problems");
    await workbench.page
      .locator(".markers-panel .monaco-list-row", { hasText: "The server has no console" })
      .waitFor();
    const { page } = workbench;
    await page.locator(".editor-instance .view-line", { hasText: "function unused" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type("\nexport default 1;");
    await page.locator(".markers-panel", { hasText: "The server has no modules" }).waitFor();
    await workbench.screenshot("formatter-lint");
    await page.keyboard.press("ControlOrMeta+Z");
    await page.keyboard.press("ControlOrMeta+Z");
    await workbench.runCommand("File: Revert File");
  });

  it("reads hex under the mouse, and decodes it with the bound formatter", async () => {
    await openFile("soil.js");
    const text = await hoverOver("0DC0");
    assert.match(text, /6 bytes/);
    assert.match(text, /0D C0 01 36 05 46/);
    assert.match(text, /decoded with soil\.js on FPort 2/);
    assert.match(text, /"soil_moisture": 31/);
    await workbench.screenshot("formatter-hover");
    await workbench.page.mouse.move(5, 5);
  });

  it("maps the bytes of a frame to its fields, in words and in every theme", async () => {
    const { page } = workbench;
    await workbench.runCommand("The Things Stack: Show Byte Map");
    await workbench.quickInput.step(/Choose a frame/);
    await workbench.quickInput.accept();
    const lines = page.locator(".editor-instance .view-lines").first();
    await page.getByRole("tab", { name: /^Byte map soil-probe-01/ }).waitFor();
    await lines.getByText("Each bit and each byte was changed alone").waitFor();
    const text = (await lines.innerText()).replaceAll("\u00a0", " ");
    assert.match(text, /A {2}battery_v = 3\.\d+ {2}\(bytes 0, 1\)/);
    assert.match(text, /B {2}soil_moisture = [\d.]+ {2}\(bytes 2, 3\)/);
    assert.match(text, /C {2}soil_temperature = [\d.]+ {2}\(bytes 4, 5\)/);
    for (const [theme, name] of themes) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`formatter-byte-map-${name}`);
    }
    await workbench.setTheme("Dark Modern");
  });

  it("runs tests, and shows what came out beside what was expected", async () => {
    const { page } = workbench;
    await workbench.runCommand("Test: Run All Tests");
    await workbench.runCommand("Testing: Focus on Test Explorer View");
    await eventually("the results", async () =>
      (await testRows()).some((row) => row.includes("Failed")),
    );
    const file = page.locator(".test-explorer .monaco-list-row", { hasText: "formatter-tests" });
    await file.first().click();
    await page.keyboard.press("ArrowRight");
    const labels = await eventually("the tests", async () => {
      const rows = await testRows();
      return rows.length >= 4 && rows.join("\n");
    });
    assert.match(labels, /a good frame.*Passed/);
    assert.match(labels, /a wrong expectation.*Failed/);
    assert.match(labels, /a short frame.*Passed/);
    await openFile("soil.formatter-tests.json");
    await workbench.runCommand("Test: Peek Output");
    await page.getByText('"soil_moisture": 99').first().waitFor();
    await page.getByText('"soil_moisture": 31').first().waitFor();
    for (const [theme, name] of themes) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`formatter-tests-${name}`);
    }
    await workbench.setTheme("Dark Modern");
  });

  it("makes a test of a live frame, which then passes", async () => {
    await workbench.runCommand("View: Show The Things Stack");
    await workbench.tree(view).expand("soil-probe-01");
    await workbench.tree(view).choose(/ UP$/, "Add as a Formatter Test");
    const file = path.join(folder, "soil.formatter-tests.json");
    await eventually("the test in the file", async () =>
      /soil-probe-01 #\d+ p2, captured/.test(await readFile(file, "utf8")),
    );
    await workbench.page.getByText("Added a test.").waitFor();
    await workbench.runCommand("Testing: Focus on Test Explorer View");
    await workbench.runCommand("Test: Run All Tests");
    await eventually("the new test to pass", async () =>
      (await testRows()).some((row) => /captured.*Passed/.test(row)),
    );
  });

  it("debugs a frame after consent: the debugger stops in the function with its bytes", async () => {
    const { page } = workbench;
    await openFile("soil.js");
    await workbench.runCommand("The Things Stack: Debug Payload Formatter");
    await workbench.quickInput.step(/Choose a frame/);
    await workbench.quickInput.accept();
    const question = await workbench.dialog();
    assert.match(question.message, /outside the sandbox/);
    // Leaving the question is no.
    await page.keyboard.press("Escape");
    await page.locator(".monaco-dialog-box").waitFor({ state: "hidden" });
    await workbench.runCommand("The Things Stack: Debug Payload Formatter");
    await workbench.quickInput.step(/Choose a frame/);
    await workbench.quickInput.accept();
    await workbench.answerDialog("Debug");
    await page.locator(".debug-top-stack-frame-line").waitFor({ timeout: 30_000 });
    await page
      .getByRole("row", { name: /^Stack Frame .*decodeUplink, line 2, soil\.js/ })
      .waitFor();
    await workbench.screenshot("formatter-debug");
    await workbench.runCommand("Debug: Continue");
    await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
    await page.getByText("decodeUplink returned").first().waitFor();
    assert.equal(await page.locator(".codicon-debug-breakpoint").count(), 0);
  });
});
