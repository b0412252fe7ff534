/** Hostile folders and traffic, reloads and restarts, seen from outside. Source: reliability §6.3, §6.6, §6.7, §6.10. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  createApplicationServer,
  type ApplicationServer,
} from "../../src/demo/server/applicationServer";
import { OpenedWindow } from "../editor/openedWindow";
import type { Workbench } from "../editor/workbench";
import { makeCertificates, type Certificates } from "../support/certificates";
import { eventually } from "../support/eventually";
import { acceptAll, ScriptedBroker, serveAll } from "../support/scriptedBroker";

const view = "Applications";
const link = "[Retry](command:workbench.action.quit)";

describe("The explorer in windows of every kind", function () {
  this.timeout(60_000);
  let opened: OpenedWindow;
  let workbench: Workbench;
  let broker: ScriptedBroker;

  before(async () => {
    broker = await ScriptedBroker.start({ script: serveAll });
    opened = await OpenedWindow.open({ workspaceTrust: true, prepare: setTraps });
    ({ workbench } = opened);
  });

  after(async () => {
    await opened.close();
    await broker.stop();
  });

  afterEach(async function () {
    await opened.keepFailure(this.currentTest, "hardening");
  });

  async function setTraps(folder: string): Promise<void> {
    const sprung = JSON.stringify(path.join(folder, "sprung"));
    const spring = `require("node:fs").writeFileSync(${sprung}, __filename);`;
    const evil = {
      ...{ application: "stolen", host: "127.0.0.1", port: broker.port },
      ...{ security: "plaintext", connectOnStartup: true },
    };
    const files: Readonly<Record<string, string>> = {
      "formatter.js": spring,
      "node_modules/mqtt/index.js": spring,
      ".env": "TTS_API_KEY=NNSXS.TRAP.TRAP\n",
      ".vscode/settings.json": JSON.stringify({ "thethingsstack.applications": [evil] }),
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    }
  }

  /** Whether any code of the folder was run. */
  const isSprung = () => existsSync(path.join(opened.folder, "sprung"));

  /** Starts the demo network, sees a device, opens its message. */
  async function works(): Promise<void> {
    await workbench.page.getByRole("button", { name: "Try the Demo Network" }).click();
    const tree = workbench.tree(view);
    await tree.row("greenhouse-07");
    await workbench.outputLine("The Things Stack", /UP .*greenhouse-07/);
    await eventually("the connection", async () =>
      (await tree.row("demo-farm")).description.includes("connected"),
    );
    assert.deepEqual(
      (await tree.rows()).filter(({ label }) => label.includes("stolen")),
      [],
    );
  }

  it("S13 S14 works in Restricted Mode, and nothing of the folder is believed or run", async () => {
    await workbench.page.getByText("Restricted Mode").first().waitFor();
    await works();
    assert.equal(isSprung(), false);
    assert.equal(broker.connections.length, 0);
  });

  it("S13 S14 S10 believes a trusted folder no more", async () => {
    await workbench.runCommand("Workspaces: Manage Workspace Trust");
    await workbench.page.getByRole("button", { name: "Trust", exact: true }).first().click();
    await workbench.page.getByText("Restricted Mode").first().waitFor({ state: "hidden" });
    await workbench.page.reload();
    await works();
    assert.equal(isSprung(), false);
    assert.equal(broker.connections.length, 0);
  });

  it("S13 works without a folder", async () => {
    await workbench.page.goto(new URL("/?ew=true", opened.editor.url).href);
    await works();
  });

  it("S13 works in a virtual workspace", async () => {
    await workbench.page.goto(new URL("/?folder=tmp:/", opened.editor.url).href);
    await works();
  });
});

describe("The explorer under attack in a window", function () {
  this.timeout(60_000);
  const uid = "app1@tenant1";
  let server: ApplicationServer;
  let apiKey: string;
  let certificates: Certificates;
  let liar: ScriptedBroker;
  let forgetful: ScriptedBroker;
  let opened: OpenedWindow;
  let workbench: Workbench;

  before(async () => {
    server = await createApplicationServer();
    server.addApplication({ uid });
    apiKey = server.addApiKey(uid);
    certificates = makeCertificates();
    liar = await ScriptedBroker.start({ script: [], tls: certificates.wrongName });
    forgetful = await ScriptedBroker.start({
      script: (connection) =>
        connection === 0 ? [...acceptAll, { expect: "publish" }, "ignore"] : serveAll,
    });
    const host = "127.0.0.1";
    const applications = [
      {
        ...{ application: uid, host, port: server.port, security: "plaintext" },
        ...{ connectOnStartup: true, label: "Farm $(trash) <b>one</b>" },
      },
      { application: "liar", host, port: liar.port, caFile: certificates.ca.certFile },
      { application: "forgetful", host, port: forgetful.port, security: "plaintext" },
      { application: "offline", host, port: 9, connectOnStartup: true },
    ];
    opened = await OpenedWindow.open({ settings: { "thethingsstack.applications": applications } });
    ({ workbench } = opened);
  });

  after(async () => {
    await opened.close();
    await server.close();
    await liar.stop();
    await forgetful.stop();
    certificates.dispose();
  });

  afterEach(async function () {
    await opened.keepFailure(this.currentTest, "hardening");
  });

  function receive(deviceId: string, kind: string, message: object): void {
    const [applicationId = ""] = uid.split("@");
    const ids = { device_id: deviceId, application_ids: { application_id: applicationId } };
    const body = { end_device_ids: ids, ...message };
    server.publishRaw(uid, `v3/${uid}/devices/${deviceId}/${kind}`, JSON.stringify(body));
  }

  function receiveUplink(deviceId: string, text: string, decoded: unknown): void {
    const payload = Buffer.from(text).toString("base64");
    receive(deviceId, "up", {
      uplink_message: { f_port: 1, f_cnt: 7, frm_payload: payload, decoded_payload: decoded },
    });
  }

  async function setKey(label: RegExp | string, name: string, key: string): Promise<void> {
    await workbench.tree(view).choose(label, "Set API Key…");
    await workbench.quickInput.step(new RegExp(`API key of ${name}`));
    await workbench.quickInput.paste(key);
    await workbench.quickInput.accept();
    await workbench.quickInput.closed();
  }

  async function connected(label: RegExp | string): Promise<void> {
    await eventually(`the connection of ${String(label)}`, async () =>
      (await workbench.tree(view).row(label)).description.includes("connected"),
    );
  }

  /** The whole text of the document in the active editor. */
  async function documentText(): Promise<string> {
    const { page } = workbench;
    const nothing = "(nothing copied)";
    await page.evaluate((text) => navigator.clipboard.writeText(text), nothing);
    await page
      .locator(".editor-instance .monaco-editor .native-edit-context, .editor-instance textarea")
      .first()
      .focus();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.press("ControlOrMeta+C");
    return eventually("a copy of the document", async () => {
      const text = await page.evaluate(() => navigator.clipboard.readText());
      return text === nothing ? undefined : text;
    });
  }

  it("L11 starts offline: it waits, and nothing pops up for it", async () => {
    await eventually("the waiting", async () =>
      /trying again|next attempt|again in|refused/i.test(
        (await workbench.tree(view).row("offline")).description,
      ),
    );
    const notices = await workbench.notifications();
    assert.deepEqual(
      notices.filter(({ message }) => message.includes("offline")),
      [],
    );
  });

  it("X04 takes a key in a masked box that begins empty, also when a key is there", async () => {
    const { quickInput } = workbench;
    for (const isFirst of [true, false]) {
      await workbench.tree(view).choose(/^Farm/, "Set API Key…");
      const step = await quickInput.step(/API key of app1@tenant1/);
      assert.equal(step.masked, true);
      assert.equal(step.value, "");
      assert.equal(step.placeholder, "NNSXS.…");
      await quickInput.paste(apiKey);
      const typed = await quickInput.step(/API key of app1@tenant1/);
      assert.equal(typed.masked, true);
      const page = await workbench.page.content();
      assert.ok(!page.includes(apiKey.split(".")[2] ?? apiKey), "the key is on the screen");
      if (isFirst) await quickInput.accept();
      else await quickInput.cancel();
      await quickInput.closed();
    }
    await connected(/^Farm/);
    await workbench.clearNotifications();
  });

  it("P30 shows markup in names and values as the text that it is", async () => {
    const notes = ["[x](command:a)", "$(trash)", "<b>x</b>", "<img src=x>"];
    // Each on a device of its own, for a row shows only the beginning of the values.
    notes.forEach((note, index) => receiveUplink(`markup-${index}`, "P30", { note }));
    const tree = workbench.tree(view);
    for (const [index, each] of notes.entries()) {
      const { description } = await tree.row(`markup-${index}`);
      assert.ok(description.includes(each), description);
    }
    const farm = await tree.row(/^Farm/);
    assert.equal(farm.label, "Farm $(trash) <b>one</b>");
    await tree.focusRow("markup-0");
    await workbench.page.keyboard.press("ControlOrMeta+K");
    await workbench.page.keyboard.press("ControlOrMeta+I");
    const hover = workbench.page.locator(".monaco-hover", { hasText: "Last values" });
    await hover.waitFor();
    assert.ok((await hover.innerText()).includes("[x](command:a)"));
    for (const place of [hover, workbench.page.getByRole("tree", { name: view, exact: true })]) {
      assert.equal(await place.locator("b, img, a[data-href], .codicon-trash").count(), 0);
    }
    await workbench.page.keyboard.press("Escape");
    const bar = workbench.page.locator(".part.statusbar .statusbar-item", { hasText: "TTS" });
    await bar.hover();
    const tip = workbench.page.locator(".monaco-hover", { hasText: "Farm" });
    await tip.waitFor();
    assert.ok((await tip.innerText()).includes("Farm $(trash) <b>one</b>"));
    assert.equal(await tip.locator("b, a[data-href], .codicon-trash").count(), 0);
    assert.equal(await bar.locator(".codicon-trash").count(), 0);
  });

  it("P32 puts no text of the network into notifications", async () => {
    await workbench.clearNotifications(); // of what was tried before
    receive("dev1", "down/failed", {
      downlink_failed: {
        downlink: { f_port: 1, frm_payload: "AQ==", correlation_ids: [link] },
        error: { namespace: link, name: link, message_format: link, attributes: { link } },
      },
    });
    server.publishRaw(uid, `v3/${uid}/devices/dev1/up`, link);
    await workbench.outputLine("The Things Stack", /DOWN .*dev1 +failed/);
    await workbench.outputLine("The Things Stack", /BAD /);
    assert.deepEqual(await workbench.notifications(), []);
    // A server whose certificate has a link among its names.
    await workbench.tree(view).press("liar", "Enter");
    await workbench.tree(view).choose("liar", "Connect");
    const notice = await workbench.notification(/^liar: /);
    // Names of a certificate are told, with everything taken out of them that could make a link.
    assert.match(notice.message, /is not for 127\.0\.0\.1/);
    assert.doesNotMatch(notice.message, /[[\]<>$`]/);
    const links = workbench.page.locator(".notifications-toasts .notification-list-item-message a");
    assert.equal(await links.count(), 0);
    await workbench.clearNotifications();
  });

  it("P30 shows markup in the list of messages as the text that it is", async () => {
    await workbench.runCommand("The Things Stack: Open Message");
    await workbench.quickInput.step("The latest messages, newest first");
    const rows = workbench.page.locator(".quick-input-list .monaco-list-row");
    await rows.filter({ hasText: 'note="$(trash)"' }).waitFor();
    assert.equal(await rows.locator(".codicon-trash").count(), 0);
    await workbench.quickInput.cancel();
  });

  it("P33 opens a payload with snippet variables literally", async () => {
    const text = "$CLIPBOARD ${TM_FILEPATH} $1";
    receiveUplink("dev2", text, { text });
    await eventually("the row", async () =>
      (await workbench.tree(view).row("dev2")).description.includes("$CLIPBOARD"),
    );
    await workbench.tree(view).choose("dev2", "Open Message");
    await workbench.page.getByRole("tab", { name: /dev2 UP/ }).waitFor();
    const body = JSON.parse(await documentText()) as {
      uplink_message: Record<string, unknown>;
    };
    assert.equal(body.uplink_message["frm_payload (text)"], text);
    assert.deepEqual(body.uplink_message.decoded_payload, { text });
  });

  it("P09 brings a body of 64 levels, the deepest that is decoded, whole into its document", async () => {
    let deep: unknown = "bottom";
    // Around it are the body, its uplink_message and the decoded_payload.
    for (let level = 3; level < 64; level++) deep = level % 2 === 0 ? { a: deep } : [deep];
    receiveUplink("dev3", "P09", { deep });
    await workbench.tree(view).row("dev3");
    await workbench.tree(view).choose("dev3", "Open Message");
    await workbench.page.getByRole("tab", { name: /dev3 UP/ }).waitFor();
    const body = JSON.parse(await documentText()) as {
      uplink_message: Record<string, unknown>;
    };
    assert.deepEqual(body.uplink_message.decoded_payload, { deep });
  });

  it("X06 copies commands with a placeholder instead of the key", async () => {
    const { quickInput, page } = workbench;
    const forms = [/^Hex/, /^Base64/, /^Text/, /^C array/, /^mosquitto_sub/, /^curl/, /^Topic/];
    for (const form of forms) {
      await page.evaluate(() => navigator.clipboard.writeText("before"));
      await workbench.tree(view).choose("dev2", "Copy As…");
      await quickInput.step(/API keys are never copied/);
      await quickInput.pick(form);
      await quickInput.closed();
      const copied = await eventually(`a copy as ${String(form)}`, async () => {
        const text = await page.evaluate(() => navigator.clipboard.readText());
        return text === "before" ? undefined : text;
      });
      assert.doesNotMatch(copied, /NNSXS/);
      assert.ok(!apiKey.split(".").some((part) => copied.includes(part)));
      if (/mosquitto_sub|curl/.test(form.source)) assert.match(copied, /\$TTS_API_KEY/);
    }
  });

  it("L09 ends its connection with the window, and begins anew in the next", async () => {
    const [before] = server.connections;
    assert.ok(before);
    const published = server.records.length;
    await workbench.page.reload();
    await eventually("the end of the old connection", () => !server.connections.includes(before));
    await connected(/^Farm/);
    assert.notEqual(server.connections[0]?.clientId, before.clientId);
    receiveUplink("dev4", "after the restart", {});
    await workbench.tree(view).row("dev4");
    assert.equal(server.connections.length, 1);
    assert.equal(server.records.length, published);
  });

  it("L03 sends nothing again, and claims nothing, after a reload with a publish pending", async () => {
    const { quickInput } = workbench;
    await setKey("forgetful", "forgetful", apiKey);
    await connected("forgetful");
    await workbench.runCommand("The Things Stack: Send a Downlink…");
    await quickInput.step(/Choose an application|Choose an end device/);
    await quickInput.pick("forgetful");
    await quickInput.step("Choose an end device");
    await quickInput.pick("Another end device…");
    await quickInput.step(/End device id/);
    await quickInput.type("dev9");
    await quickInput.accept();
    await quickInput.step(/FPort, 1 to 223/);
    await quickInput.type("15");
    await quickInput.accept();
    await quickInput.step("How to write the payload");
    await quickInput.pick("Hex");
    await quickInput.step(/Payload as hex/);
    await quickInput.type("BE EF");
    await quickInput.accept();
    await quickInput.step(/BE EF on FPort 15/);
    await quickInput.pick("Send");
    const first = await forgetful.connection(0);
    await first.packet("publish");
    await workbench.page.reload();
    await first.closed();
    await setKey("forgetful", "forgetful", apiKey);
    const second = await forgetful.connection(1);
    await second.packet("subscribe");
    await connected("forgetful");
    // Whatever were to be sent again would come before this answer to a question asked later.
    await workbench.tree(view).choose("forgetful", "Disconnect");
    await second.closed();
    assert.equal(second.count("publish"), 0);
    assert.equal(first.count("publish"), 1);
    assert.deepEqual(
      (await workbench.tree(view).rows()).filter(({ label }) => label === "dev9"),
      [],
    );
    await workbench.runCommand("The Things Stack: Show Events");
    const lines = await workbench.readOutput();
    assert.doesNotMatch(lines, /dev9/);
    assert.deepEqual(
      (await workbench.notifications()).filter(({ message }) => /downlink|dev9/i.test(message)),
      [],
    );
  });
});
