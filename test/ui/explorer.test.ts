/** The main job, done as a user does it: by keyboard, in a real VS Code, against a server on real sockets. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  createApplicationServer,
  type ApplicationServer,
} from "../../src/demo/server/applicationServer";
import type { CodeServer } from "../editor/codeServer.mjs";
import { OpenedWindow } from "../editor/openedWindow";
import type { Workbench } from "../editor/workbench";
import { eventually } from "../support/eventually";

const uid = "app1@tenant1";
const view = "Applications";

interface Published {
  readonly downlinks: readonly Record<string, unknown>[];
}

describe("The explorer in a window", function () {
  this.timeout(60_000);
  let server: ApplicationServer;
  let apiKey: string;
  let opened: OpenedWindow;
  let editor: CodeServer;
  let workbench: Workbench;

  before(async () => {
    server = await createApplicationServer({ delays: { receiveWindow: 50, classC: 50 } });
    server.addApplication({ uid });
    apiKey = server.addApiKey(uid);
    server.network.addEndDevice(uid, { deviceId: "dev1" });
    opened = await OpenedWindow.open();
    ({ editor, workbench } = opened);
  });

  after(async () => {
    await opened.close();
    await server.close();
  });

  afterEach(async function () {
    await opened.keepFailure(this.currentTest, "explorer");
  });

  function device() {
    const found = server.network.endDevice(uid, "dev1");
    assert.ok(found);
    return found;
  }

  /** The last publish of ours, as the server got it. */
  async function published(count: number): Promise<{ topic: string; body: Published }> {
    await eventually(`publish ${count}`, () => server.records.length >= count);
    const record = server.records[count - 1];
    assert.ok(record);
    const body = JSON.parse(Buffer.from(record.payload).toString("utf8")) as Published;
    return { topic: record.topic, body };
  }

  it("says what to do when nothing is there", async () => {
    await workbench.page.getByRole("button", { name: "Add an Application" }).waitFor();
    await workbench.page.getByRole("button", { name: "Try the Demo Network" }).waitFor();
    await workbench.screenshot("explorer-empty");
  });

  it("shows a host that is only a guess, and binds no key to it before it is confirmed", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand("The Things Stack: Add an Application…");
    await quickInput.step(/Paste what you have/);
    await quickInput.paste(`see https://lns.example.com/console/applications/soil-lab ${apiKey}`);
    await quickInput.step(/host lns\.example\.com \(not sure: you will be asked\)/);
    await quickInput.accept();
    const step = await quickInput.step(/Is lns\.example\.com the MQTT server\?/);
    assert.deepEqual(
      step.items.map(({ label }) => label),
      ["Choose the Host Myself…", "Use lns.example.com"],
    );
    await workbench.screenshot("explorer-add-guess");
    await quickInput.accept(); // Enter without reading uses nothing.
    await quickInput.step("Choose the cluster of your application");
    await quickInput.cancel();
    const settings = path.join(editor.userDataDir, "User", "settings.json");
    assert.ok(!(await readFile(settings, "utf8")).includes("lns.example.com"));
  });

  it("adds an application from pasted text, by keyboard, with the key in a masked box", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand("The Things Stack: Add an Application…");
    await quickInput.step(/Paste what you have/);
    await quickInput.type("rubbish !!");
    await quickInput.step(/Nothing of a connection found/);
    await quickInput.type(`${uid} on 127.0.0.1:${server.port}`);
    await quickInput.step(new RegExp(`Found application ${uid}`));
    await workbench.screenshot("explorer-add-paste");
    await quickInput.accept();
    await quickInput.step("How to connect");
    await quickInput.pick(`Plaintext on port ${server.port}`);
    const step = await quickInput.step(/API key of app1@tenant1/);
    assert.equal(step.masked, true);
    assert.equal(step.value, "");
    await quickInput.type("not a key");
    await quickInput.step(/no spaces/);
    await quickInput.paste(apiKey);
    await quickInput.accept();
    await quickInput.step(/Connect app1@tenant1 now/);
    await quickInput.pick("Connect now");
    await quickInput.closed();
    const row = await workbench.tree(view).row(uid);
    assert.match(row.description, /connect/);
    await eventually("the connection", async () =>
      (await workbench.tree(view).row(uid)).description.includes("connected"),
    );
  });

  it("says that it is listening while no device has spoken", async () => {
    await workbench.tree(view).row(/^Listening\./);
    await workbench.screenshot("explorer-silent");
  });

  it("shows a device and its line as soon as it speaks", async () => {
    server.network.uplink(device(), { fPort: 15, framePayload: Buffer.from("BEEF", "hex") });
    const row = await workbench.tree(view).row("dev1");
    assert.match(row.ariaLabel, /^End device dev1, heard, last heard \d+ s ago/);
    await workbench.runCommand("The Things Stack: Show Events");
    const line = await workbench.outputLine("The Things Stack", /UP .*dev1/);
    assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} {2}e\d+ +UP +dev1 +#\d+ +p15 +BEEF .*dBm/);
  });

  it("opens the message from its line as JSON", async () => {
    const link = workbench.page.locator(".part.panel .view-line .detected-link").last();
    const tab = workbench.page.getByRole("tab", { name: /dev1 UP|e\d+\.json/ });
    // The channel draws its lines anew now and then, and a click may fall between.
    await eventually("the message's document", async () => {
      await workbench.page.mouse.move(0, 0);
      await link.click({ modifiers: ["ControlOrMeta"], timeout: 3_000 }).catch(() => undefined);
      return (await tab.count()) > 0 ? true : undefined;
    });
    await workbench.page.locator(".editor-instance .view-line", { hasText: "BE EF" }).waitFor();
    await workbench.screenshot("explorer-message");
  });

  it("sends the tutorial's downlink from the palette exactly", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand("The Things Stack: Send a Downlink…");
    await quickInput.step("Choose an end device");
    await quickInput.pick("dev1");
    await quickInput.step(/FPort, 1 to 223/);
    await quickInput.type("224");
    await quickInput.step(/reserved/);
    await quickInput.type("15");
    await quickInput.accept();
    await quickInput.step("How to write the payload");
    await quickInput.pick("Hex");
    await quickInput.step(/Payload as hex/);
    await quickInput.type("BE E");
    await quickInput.step(/Half a byte/);
    await quickInput.type("BE EF");
    await quickInput.step("2 bytes · BE EF · vu8=");
    await workbench.screenshot("explorer-palette-send");
    await quickInput.accept();
    await quickInput.step("BE EF on FPort 15, NORMAL, to dev1");
    await quickInput.pick("Send");
    await quickInput.closed();
    const { topic, body } = await published(1);
    assert.equal(topic, "v3/app1@tenant1/devices/dev1/down/push");
    const [downlink = {}] = body.downlinks;
    const { correlation_ids: ids, ...rest } = downlink;
    assert.deepEqual(rest, { f_port: 15, frm_payload: "vu8=", priority: "NORMAL" });
    assert.equal((ids as string[]).length, 1);
    await workbench.outputLine("The Things Stack", /DOWN .*dev1 +queued p15 +BEEF/);
    await eventually("the waiting downlink", async () =>
      (await workbench.tree(view).row("dev1")).description.includes("1 downlink waiting"),
    );
    server.network.uplink(device(), { fPort: 1, framePayload: Buffer.from([1]) });
    await workbench.outputLine("The Things Stack", /DOWN .*dev1 +sent +p15 +BEEF/);
  });

  it("composes a confirmed downlink in the panel and shows its acknowledgement", async () => {
    await workbench.tree(view).choose("dev1", "Compose a Downlink");
    const page = await workbench.webviewFrame("Downlink");
    const card = page.locator(".cards .card").first();
    await card.getByLabel("Payload", { exact: true }).fill("BE EF");
    await card.getByLabel("FPort").fill("15");
    await card.getByLabel("Priority").selectOption("HIGH");
    await card.getByLabel("Confirmed").check();
    await card.getByLabel(/correlation ids/).fill("my-correlation-id");
    await card.getByText(/^2 (\/ \d+ )?bytes/).waitFor();
    await page.getByRole("button", { name: /^Send/ }).click();
    const { topic, body } = await published(2);
    assert.equal(topic, "v3/app1@tenant1/devices/dev1/down/push");
    const [downlink = {}] = body.downlinks;
    const { correlation_ids: ids, ...rest } = downlink;
    assert.deepEqual(rest, {
      f_port: 15,
      frm_payload: "vu8=",
      priority: "HIGH",
      confirmed: true,
    });
    assert.ok((ids as string[]).includes("my-correlation-id"));
    await page
      .getByText(/queued/i)
      .first()
      .waitFor();
    server.network.uplink(device(), { fPort: 1, framePayload: Buffer.from([2]) });
    await workbench.outputLine(
      "The Things Stack",
      /sent +p15 +BEEF .*confirmed.*my-correlation-id/,
    );
    server.network.uplink(device(), {
      fPort: 1,
      framePayload: Buffer.from([3]),
      acknowledges: true,
    });
    await page
      .getByText(/acknowledged/i)
      .first()
      .waitFor();
    await workbench.outputLine("The Things Stack", /ack +p15 +BEEF .*my-correlation-id/);
    await workbench.screenshot("explorer-downlink");
  });

  it("clears a queue only after consent that names what is lost", async () => {
    await workbench.tree(view).choose("dev1", "Clear Downlink Queue…");
    const first = await workbench.dialog();
    assert.match(first.message, /Clear the downlink queue of dev1\?/);
    assert.match(first.detail, /dev1 of app1@tenant1 on 127\.0\.0\.1/);
    assert.match(first.detail, /never confirms/);
    assert.deepEqual([...first.buttons].sort(), ["Clear Queue", "Keep the Queue"], "one way out");
    await workbench.answerDialog("Keep the Queue");
    assert.equal(server.records.length, 2);
    await workbench.tree(view).choose("dev1", "Clear Downlink Queue…");
    await workbench.dialog();
    await workbench.answerDialog("Clear Queue");
    const { topic, body } = await published(3);
    assert.equal(topic, "v3/app1@tenant1/devices/dev1/down/replace");
    assert.deepEqual(body, { downlinks: [] });
  });

  it("says that a key is refused and takes the right one at once", async () => {
    const { quickInput } = workbench;
    const stranger = server.addApiKey(uid, []);
    await workbench.tree(view).choose(uid, "Set API Key…");
    await quickInput.step(/API key of app1@tenant1/);
    await quickInput.paste(stranger);
    await quickInput.accept();
    await eventually("the refusal", async () =>
      (await workbench.tree(view).row(uid)).description.includes("not authorized"),
    );
    await workbench.screenshot("explorer-refused");
    await workbench.tree(view).press("Set API key…", "Enter");
    await quickInput.step(/API key of app1@tenant1/);
    await quickInput.paste(apiKey);
    await quickInput.accept();
    await eventually("the connection", async () =>
      (await workbench.tree(view).row(uid)).description.includes("connected"),
    );
  });

  it("checks a connection step by step below the application", async () => {
    await workbench.tree(view).choose(uid, "Check Connection");
    for (const step of ["Name resolves", "Port answers", "Login", "Subscription"]) {
      const row = await workbench.tree(view).row(step);
      await eventually(`the result of ${step}`, async () =>
        (await workbench.tree(view).row(step)).ariaLabel.includes(" right. "),
      );
      assert.equal(row.level, 3);
    }
    server.network.uplink(device(), { fPort: 1, framePayload: Buffer.from([4]) });
    await eventually("the first message", async () =>
      (await workbench.tree(view).row("First message")).ariaLabel.includes(" right. received"),
    );
    await workbench.screenshot("explorer-check");
  });

  it("X01 keeps the key out of settings, output and everything on the screen", async () => {
    const settings = await readFile(path.join(editor.userDataDir, "User", "settings.json"), "utf8");
    assert.match(settings, /app1@tenant1/);
    const secret = apiKey.split(".")[2] ?? "";
    const sinks = [
      settings,
      await workbench.outputText("The Things Stack"),
      await workbench.outputText("The Things Stack Diagnostics"),
      await workbench.page.content(),
    ];
    for (const sink of sinks) assert.ok(!sink.includes(secret));
  });

  it("looks right in every theme", async () => {
    await workbench.tree(view).expand("dev1");
    for (const theme of [
      "Dark Modern",
      "Dark High Contrast",
      "Light High Contrast",
      "Light Modern",
    ]) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`explorer-${theme.toLowerCase().replaceAll(" ", "-")}`);
    }
  });

  it("asks before a key travels readable over a network, and keeps nothing without consent", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand("The Things Stack: Add an Application…");
    await quickInput.step(/Paste what you have/);
    await quickInput.type("app9@tenant1 on lorawan.invalid:1883");
    await quickInput.accept();
    await quickInput.step("How to connect");
    await quickInput.pick("Plaintext on port 1883");
    await quickInput.step(/API key of app9@tenant1/);
    await quickInput.paste(apiKey);
    await quickInput.accept();
    await quickInput.pick("Connect now");
    const question = await workbench.dialog();
    assert.match(question.message, /readable to lorawan\.invalid:1883\?/);
    assert.match(question.detail, /Everybody on the way can read the API key/);
    await workbench.screenshot("explorer-plaintext");
    await workbench.answerDialog("Do Not Connect");
    const labels = (await workbench.tree(view).rows()).map(({ label }) => label);
    assert.ok(!labels.includes("app9@tenant1"));
    const settings = await readFile(path.join(editor.userDataDir, "User", "settings.json"), "utf8");
    assert.ok(!settings.includes("app9"));
  });

  it("removes the application, and its key with it", async () => {
    await workbench.tree(view).choose(uid, "Remove Application…");
    await workbench.answerDialog("Remove");
    await workbench.page.getByRole("button", { name: "Add an Application" }).waitFor();
    await eventually("the end of the connection", () => server.connections.length === 0);
  });

  it("takes an application from the settings, and asks once for its missing key", async () => {
    const file = path.join(editor.userDataDir, "User", "settings.json");
    const settings = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    const entry = { application: "lost@tenant1", host: "127.0.0.1", port: server.port };
    settings["thethingsstack.applications"] = [{ ...entry, security: "plaintext" }];
    await writeFile(file, JSON.stringify(settings));
    await workbench.page.reload(); // code-server does not watch this file
    const tree = workbench.tree(view);
    await tree.press("Connect", "Enter");
    const notice = await workbench.notification(/lost@tenant1: no API key on this machine/);
    assert.deepEqual(notice.buttons, ["Set API Key"]);
    await workbench.clearNotifications();
    await tree.press("Try again", "Enter");
    await eventually("the second failure", async () =>
      (await tree.row("lost@tenant1")).description.includes("no API key"),
    );
    assert.deepEqual(await workbench.notifications(), []);
  });

  it("C35 works in a second window beside the first", async () => {
    server.addApplication({ uid: "lost@tenant1" });
    const lostKey = server.addApiKey("lost@tenant1");
    const second = await workbench.openBeside(editor.url);
    // In the browser each window has a keyring of its own, so each is given the key.
    for (const each of [second, workbench]) {
      await each.tree(view).choose("lost@tenant1", "Set API Key…");
      await each.quickInput.step(/API key of lost@tenant1/);
      await each.quickInput.paste(lostKey);
      await each.quickInput.accept();
      await eventually("the connection", async () =>
        (await each.tree(view).row("lost@tenant1")).description.startsWith("connected"),
      );
    }
    const both = server.connections.filter(
      ({ applicationUid }) => applicationUid === "lost@tenant1",
    );
    assert.equal(new Set(both.map(({ clientId }) => clientId)).size, 2);
    await addAtOnce([workbench, second]);
    await second.page.close();
  });

  /** Each window adds an application of its own; the last answers are given at the same moment. */
  async function addAtOnce(windows: readonly Workbench[]): Promise<void> {
    const ids = windows.map((_, index) => `at-once-${index}@tenant1`);
    for (const [index, each] of windows.entries()) {
      const { quickInput } = each;
      await each.runCommand("The Things Stack: Add an Application…");
      await quickInput.step(/Paste what you have/);
      await quickInput.paste(`${ids[index] ?? ""} on 127.0.0.1:${server.port} ${apiKey}`);
      await quickInput.accept();
      await quickInput.step("How to connect");
      await quickInput.pick(`Plaintext on port ${server.port}`);
      await quickInput.step(/now$/);
    }
    await Promise.all(windows.map(async ({ quickInput }) => quickInput.pick("Connect now")));
    const file = path.join(editor.userDataDir, "User", "settings.json");
    await eventually("both in the settings", async () => {
      const text = await readFile(file, "utf8");
      return ids.every((id) => text.includes(id)) && text.includes("lost@tenant1");
    });
    const settings = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    const list = settings["thethingsstack.applications"] as { readonly application: string }[];
    const added = list.map(({ application }) => application).sort();
    // Nothing comes back that was removed: not app1, which an earlier test took away.
    assert.deepEqual(added, [...ids, "lost@tenant1"].sort());
  }

  it("keeps the CA file when its dialog is cancelled, and removes it only when that is chosen", async () => {
    const { quickInput } = workbench;
    const file = path.join(editor.userDataDir, "User", "settings.json");
    const settings = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    const caFile = path.join(opened.folder, "ca.pem");
    const entry = { application: "lost@tenant1", host: "127.0.0.1", port: server.port };
    settings["thethingsstack.applications"] = [{ ...entry, security: "plaintext", caFile }];
    await writeFile(file, JSON.stringify(settings));
    await workbench.page.reload(); // code-server does not watch this file
    await workbench.tree(view).row("lost@tenant1");
    await workbench.runCommand("The Things Stack: Edit Application…");
    const edit = async (choice: string) => {
      await quickInput.step(/What to change/);
      await quickInput.pick("CA file");
      await quickInput.step(/^CA file: /);
      await quickInput.pick(choice);
    };
    await quickInput.step(/Choose an application|What to change/);
    if ((await quickInput.state())?.placeholder === "Choose an application")
      await quickInput.pick("lost@tenant1");
    await edit("Choose Another File…");
    await quickInput.step("CA File (PEM)");
    await workbench.page.keyboard.press("Escape");
    await quickInput.step(/What to change/);
    assert.ok((await readFile(file, "utf8")).includes("ca.pem"));
    await edit("Remove the CA File");
    await eventually("the setting without it", async () =>
      (await readFile(file, "utf8")).includes("ca.pem") ? undefined : true,
    );
    await quickInput.step(/What to change/);
    await quickInput.cancel();
  });

  it("shows stored keys and removes those that are chosen, by keyboard", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand("The Things Stack: Manage Stored Keys and Consents…");
    const { items } = await quickInput.step(/Choose what to remove/);
    assert.ok(items.some(({ label }) => label === "at-once-0@tenant1"));
    await workbench.screenshot("explorer-manage-keys");
    await quickInput.type("at-once-0");
    await workbench.page.keyboard.press("ArrowDown");
    await workbench.page.keyboard.press("Space");
    await quickInput.accept();
    const question = await workbench.dialog();
    assert.match(question.detail, /API key of at-once-0@tenant1 on 127\.0\.0\.1:\d+/);
    await workbench.answerDialog("Remove");
    await workbench.runCommand("The Things Stack: Manage Stored Keys and Consents…");
    const after = await quickInput.step(/Choose what to remove/);
    assert.ok(!after.items.some(({ label }) => label === "at-once-0@tenant1"));
    await quickInput.cancel();
  });
});
