import assert from "node:assert/strict";
import * as vscode from "vscode";
import manifest from "../../package.json";
import type { ExplorerApi } from "../../src/api";
import { eventually } from "../support/eventually";

const extensionId = `${manifest.publisher}.${manifest.name}`;

async function activate(): Promise<ExplorerApi> {
  const extension = vscode.extensions.getExtension<ExplorerApi>(extensionId);
  assert.ok(extension, `${extensionId} is not installed`);
  return extension.activate();
}

const allKinds = [
  "downlinkAck",
  "downlinkFailed",
  "downlinkNack",
  "downlinkQueueInvalidated",
  "downlinkQueued",
  "downlinkSent",
  "join",
  "locationSolved",
  "serviceData",
  "uplink",
  "uplinkNormalized",
];

describe("The extension in its host", () => {
  let api: ExplorerApi;

  before(async () => {
    const start = performance.now();
    api = await activate();
    console.log(`activate() took ${(performance.now() - start).toFixed(1)} ms`);
  });

  it("returns its API in version 1, which has nothing that publishes", () => {
    assert.equal(api.apiVersion, 1);
    assert.deepEqual(Object.keys(api).sort(), [
      "apiVersion",
      "applications",
      "onDidReceiveMessage",
      "recentMessages",
    ]);
  });

  it("registers exactly the commands that it contributes", async () => {
    const contributed = manifest.contributes.commands.map(({ command }) => command);
    const registered = (await vscode.commands.getCommands(true)).filter(
      (id) =>
        id.startsWith("thethingsstack.") &&
        // VS Code makes these for every view.
        !/^thethingsstack\.applications\.(?:focus|open|removeView|resetViewLocation|toggleVisibility)/.test(
          id,
        ),
    );
    assert.deepEqual(registered.sort(), contributed.sort());
  });

  it("S10 takes no application from a workspace", async () => {
    const entry = { application: "stolen", host: "evil.example.com" };
    const configuration = vscode.workspace.getConfiguration("thethingsstack");
    await assert.rejects(async () =>
      configuration.update("applications", [entry], vscode.ConfigurationTarget.Workspace),
    );
    assert.deepEqual(api.applications, []);
  });

  it("S16 shows usable entries of the setting and keeps the others in it", async () => {
    const good = { application: "soil-lab", host: "127.0.0.1", port: 9, security: "plaintext" };
    const entries = [null, 7, { application: "Bad Id", host: "x" }, good, good];
    const configuration = vscode.workspace.getConfiguration("thethingsstack");
    await configuration.update("applications", entries, vscode.ConfigurationTarget.Global);
    await eventually("the application", () => api.applications.length > 0);
    assert.deepEqual(
      api.applications.map(({ application, state }) => [application, state]),
      [["soil-lab", "stopped"]],
    );
    const stored = vscode.workspace.getConfiguration("thethingsstack").inspect("applications");
    assert.deepEqual(stored?.globalValue, entries);
    await configuration.update("applications", undefined, vscode.ConfigurationTarget.Global);
    await eventually("an empty list", () => api.applications.length === 0);
  });

  describe("with the demo network", () => {
    let firstEventAfter: number;

    before(async () => {
      const start = performance.now();
      await vscode.commands.executeCommand("thethingsstack.demo.start");
      await eventually("a message", () => api.recentMessages().length > 0, 10_000);
      firstEventAfter = performance.now() - start;
      console.log(`first event ${firstEventAfter.toFixed(0)} ms after starting the demo`);
    });

    after(async () => {
      await vscode.commands.executeCommand("thethingsstack.demo.stop");
      await eventually("no application", () => api.applications.length === 0);
    });

    it("shows devices and each of the eleven kinds within a minute", async () => {
      const kinds = () => new Set(api.recentMessages().map(({ message }) => message.kind));
      await eventually("all kinds", () => kinds().size === allKinds.length, 60_000);
      assert.deepEqual([...kinds()].sort(), allKinds);
      const [application] = api.applications;
      assert.equal(application?.state, "connected");
      assert.ok(application.endDevices.length >= 7);
    }).timeout(70_000);

    it("opens a message as a read-only JSON document with the payload in hex", async () => {
      const uplink = api.recentMessages().find(({ message }) => message.kind === "uplink");
      assert.ok(uplink);
      await vscode.commands.executeCommand("thethingsstack.message.open", uplink.id);
      const editor = await eventually("the document", () => {
        const active = vscode.window.activeTextEditor;
        return active?.document.uri.scheme === "thethingsstack-message" ? active : undefined;
      });
      assert.equal(editor.document.languageId, "json");
      const body = JSON.parse(editor.document.getText()) as {
        uplink_message: Record<string, unknown>;
      };
      assert.ok("frm_payload (hex)" in body.uplink_message);
      assert.doesNotMatch(editor.document.getText(), /"uplink_token": "(?!\(not shown\))/);
    });

    it("D24 ignores arguments that are no rows of the tree", async () => {
      const before = api.recentMessages().length;
      const send = vscode.commands.executeCommand("thethingsstack.downlink.send", {
        type: "device",
        application: { key: "x" },
        device: { deviceId: "pump-controller-3" },
      });
      await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
      await send;
      assert.ok(api.recentMessages().length >= before);
    });
  });
});
