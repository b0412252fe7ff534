import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import manifest from "../../package.json";

const { contributes } = manifest;
interface Setting {
  readonly scope: string;
  readonly order: number;
}
const settings = contributes.configuration.flatMap(({ properties }) =>
  Object.entries<Setting>(properties),
);
const ids = contributes.commands.map(({ command }) => command);
const menuEntries = Object.entries(contributes.menus).flatMap(([menu, entries]) =>
  entries.map((entry) => ({ menu, ...entry })),
);

/** Which formatter is for which end devices belongs to the code beside it. */
const workspaceSettings: ReadonlySet<string> = new Set(["thethingsstack.formatters"]);

describe("The manifest", () => {
  it("X09 W10 is started by nothing but its own views, commands, restored panel and files", () => {
    // VS Code makes the events of views and commands itself. Without these a restored panel would stay blank, and
    // downlink files would have no checks until the view is opened.
    assert.deepEqual(manifest.activationEvents, [
      "onWebviewPanel:thethingsstack.downlink",
      "workspaceContains:**/*.downlink.json",
      "workspaceContains:**/*.formatter-tests.json",
    ]);
    assert.equal(manifest.extensionKind[0], "ui");
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(supported, "limited");
    assert.deepEqual(restrictedConfigurations, [...workspaceSettings]);
    assert.equal(manifest.capabilities.virtualWorkspaces.supported, true);
  });

  it("X09 lets a workspace change nothing but its formatters, and that only where it is trusted", () => {
    for (const [name, setting] of settings) {
      const isOfWorkspace = workspaceSettings.has(name);
      assert.equal(setting.scope, isOfWorkspace ? "resource" : "application", name);
    }
  });

  it("has no setting that could hold a key", () => {
    const names = JSON.stringify(contributes.configuration).match(/"[\w.]+":/g) ?? [];
    for (const name of names) assert.doesNotMatch(name, /key|password|secret|token/i);
  });

  it("puts one prefix on every id and one category on every command", () => {
    for (const { command, category } of contributes.commands) {
      assert.match(command, /^thethingsstack\.[a-zA-Z]+\.[a-zA-Z]+$/);
      assert.equal(category, "The Things Stack");
    }
    for (const [name] of settings) {
      assert.match(name, /^thethingsstack\./);
    }
  });

  it("orders the settings under their headings, as the README lists them", () => {
    contributes.configuration.forEach(({ title, order, properties }, index) => {
      assert.equal(order, index + 1, title);
      const orders = Object.values<Setting>(properties).map((setting) => setting.order);
      assert.deepEqual(
        orders,
        orders.map((_, place) => place + 1),
        title,
      );
    });
    const rows = readFileSync("README.md", "utf8").matchAll(/^\| `(thethingsstack\.[\w.]+)` +\|/gm);
    assert.deepEqual(
      [...rows].map(([, name]) => name),
      settings.map(([name]) => name),
    );
  });

  it("offers in the palette only what can do something now", () => {
    const palette = new Map(
      contributes.menus.commandPalette.map((each) => [each.command, each.when]),
    );
    /** Each of these does something in an empty window, too. */
    const always = ["application.add", "diagnostics.copy", "diagnostics.show", "log.show"];
    const without = ids.filter((id) => !palette.has(id) && !/consents|keys/i.test(id));
    assert.deepEqual(
      without,
      always.map((id) => `thethingsstack.${id}`),
    );
    const needs = {
      // Before the extension runs nobody knows, and asking for them starts it.
      "application.check": "!thethingsstack.isActive || thethingsstack.hasApplications",
      "downlink.compose": "!thethingsstack.isActive || thethingsstack.hasApplications",
      "application.connect": "!thethingsstack.isActive || thethingsstack.hasStopped",
      "application.disconnect": "hasRunning",
      "application.edit": "hasStored",
      "application.remove": "hasStored",
      "application.setApiKey": "hasStored",
      "demo.start": "!thethingsstack.hasDemo",
      "demo.stop": "hasDemo",
      "downlink.sendToMany": "hasDevices",
      "formatter.bind": "workspaceFolderCount > 0",
      "formatter.compare": "hasBindings",
    };
    for (const [id, need] of Object.entries(needs))
      assert.ok(palette.get(`thethingsstack.${id}`)?.includes(need), id);
  });

  it("lists commands in order and each once", () => {
    assert.deepEqual(ids, [...new Set(ids)].sort());
  });

  it("shows in menus only commands that exist", () => {
    const submenus = contributes.submenus.map(({ id }) => id);
    for (const entry of menuEntries) {
      const isKnown =
        "submenu" in entry
          ? submenus.includes(entry.submenu) && entry.submenu in contributes.menus
          : ids.includes(entry.command);
      assert.ok(isKnown, JSON.stringify(entry));
    }
  });

  it("opens from welcome texts, walkthrough and views only commands that exist", () => {
    const links = JSON.stringify(contributes).matchAll(/\(command:(thethingsstack\.[\w.]+)/g);
    for (const [, id = ""] of links) assert.ok(ids.includes(id), id);
  });

  it("uses only context keys that the extension sets", () => {
    const source = readFileSync("src/views/contextKeys.ts", "utf8");
    const known = [...source.matchAll(/\| "(\w+)"/g)].map(
      ([, key]) => `thethingsstack.${key ?? ""}`,
    );
    const clauses = [...menuEntries, ...contributes.viewsWelcome].map((entry) =>
      "when" in entry ? entry.when : "",
    );
    const completions = contributes.walkthroughs.flatMap(({ steps }) =>
      steps.flatMap(({ completionEvents }) =>
        completionEvents.map((event) => event.replace(/^on(?:Context|Command):/, "")),
      ),
    );
    const used = [...clauses, ...completions].flatMap(
      (text) => text.match(/thethingsstack\.[a-z]\w+(?![\w.])/gi) ?? [],
    );
    for (const key of used) {
      assert.ok([...known, ...ids, "thethingsstack.applications"].includes(key), key);
    }
  });

  it("has a walkthrough of five steps whose pages exist", () => {
    const [walkthrough] = contributes.walkthroughs;
    assert.ok(walkthrough);
    assert.equal(walkthrough.steps.length, 5);
    for (const { media } of walkthrough.steps) {
      assert.ok(readFileSync(media.markdown, "utf8").length > 0);
    }
  });
});
