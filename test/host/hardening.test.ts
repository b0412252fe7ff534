/** What a folder and changed settings can do to the extension in its host: nothing of harm. Source: reliability §6.6. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import * as vscode from "vscode";
import manifest from "../../package.json";
import type { ExplorerApi } from "../../src/api";
import { eventually } from "../support/eventually";

const extension = vscode.extensions.getExtension<ExplorerApi>(
  `${manifest.publisher}.${manifest.name}`,
);

async function setApplications(entries: readonly object[] | undefined): Promise<void> {
  await vscode.workspace
    .getConfiguration("thethingsstack")
    .update("applications", entries, vscode.ConfigurationTarget.Global);
}

describe("The extension in its host, under attack", () => {
  let api: ExplorerApi;

  before(async () => {
    assert.ok(extension);
    api = await extension.activate();
  });

  it("L04 is the same however often it is activated", async () => {
    assert.equal(await extension?.activate(), api);
  });

  describe("with a folder full of traps", () => {
    const trap = "thethingsstackTrap";
    let folder: string;

    before(async () => {
      const [workspace] = vscode.workspace.workspaceFolders ?? [];
      assert.ok(workspace);
      folder = workspace.uri.fsPath;
      await mkdir(path.join(folder, ".vscode"), { recursive: true });
      const spring = `globalThis.${trap} = (globalThis.${trap} ?? "") + __filename;\n`;
      const files: Readonly<Record<string, string>> = {
        "formatter.js": `${spring}function decodeUplink() { ${spring} }`,
        "node_modules/mqtt/index.js": spring,
        ".env": "TTS_API_KEY=NNSXS.TRAP.TRAP\nNODE_TLS_REJECT_UNAUTHORIZED=0\n",
        ".vscode/settings.json": JSON.stringify({
          "thethingsstack.applications": [
            { application: "stolen", host: "evil.example.com", connectOnStartup: true },
          ],
          "thethingsstack.demo.startOnStartup": true,
          "thethingsstack.history.maximumMessages": 100,
        }),
      };
      for (const [name, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
        await writeFile(path.join(folder, name), text);
      }
    });

    after(async () => {
      await vscode.commands.executeCommand("thethingsstack.demo.stop");
      for (const name of ["formatter.js", "node_modules", ".env", ".vscode"]) {
        await rm(path.join(folder, name), { recursive: true });
      }
    });

    it("S14 S10 reads and runs none of it", async () => {
      const configuration = vscode.workspace.getConfiguration("thethingsstack");
      assert.equal(configuration.inspect("applications")?.workspaceValue, undefined);
      const reads = watchReads(path.join(extension?.extensionPath ?? "", "dist"));
      try {
        await vscode.commands.executeCommand("thethingsstack.demo.start");
        await eventually("an uplink", () => uplink() !== undefined);
        await vscode.commands.executeCommand("thethingsstack.log.show");
        await vscode.commands.executeCommand("thethingsstack.message.open", uplink()?.id);
        assert.deepEqual(
          api.applications.map(({ isDemo }) => isDemo),
          [true],
        );
        await readCaFile();
      } finally {
        reads.stop();
      }
      assert.ok(reads.files.includes(__filename), "the watch sees what the extension reads");
      assert.deepEqual(
        reads.files.filter((file) => file.startsWith(folder)),
        [],
      );
      assert.equal(Reflect.get(globalThis, trap), undefined);
      assert.notEqual(process.env.TTS_API_KEY, "NNSXS.TRAP.TRAP");
    });

    /** The one file that the extension reads for its user: here this one, which holds no certificate. */
    async function readCaFile(): Promise<void> {
      await setApplications([
        { application: "soil-lab", host: "127.0.0.1", port: 9, caFile: __filename },
      ]);
      const stored = () => api.applications.find(({ isDemo }) => !isDemo);
      await eventually("the application", () => stored());
      await vscode.commands.executeCommand(
        "thethingsstack.application.connect",
        "127.0.0.1:9/soil-lab",
      );
      await eventually("the refusal of the file", () => stored()?.state === "failed");
      await setApplications(undefined);
      await eventually("its end", () => stored() === undefined);
    }

    it("X06 copies a payload as hex and nothing else", async () => {
      const received = uplink();
      await vscode.commands.executeCommand("thethingsstack.message.copyPayload", received?.id);
      assert.match(await vscode.env.clipboard.readText(), /^(?:[0-9A-F]{2})+$/);
    });

    function uplink() {
      return api.recentMessages().find(({ message }) => message.kind === "uplink");
    }
  });

  describe("with servers that never answer", () => {
    const servers: SilentServer[] = [];

    before(async () => {
      for (let count = 0; count < 2; count++) servers.push(await SilentServer.start());
    });

    after(async () => {
      await setApplications(undefined);
      await eventually("an empty list", () => api.applications.length === 0);
      for (const server of servers) server.stop();
    });

    it("S17 takes changed settings into use with the next attempt, whole, never into a running one", async () => {
      const [first, second] = servers;
      assert.ok(first && second);
      const entry = { application: "soil-lab", host: "127.0.0.1", port: first.port };
      const state = () => api.applications[0]?.state;
      await setApplications([{ ...entry, security: "tls" }]);
      await eventually("the application", () => api.applications.length === 1);
      await vscode.commands.executeCommand(
        "thethingsstack.application.connect",
        `127.0.0.1:${first.port}/soil-lab`,
      );
      await eventually("the first attempt", () => (first.received[0] ?? "") !== "");
      assert.equal(state(), "connecting");

      await setApplications([{ ...entry, security: "tls", label: "Renamed", production: true }]);
      await eventually("the new name", () => api.applications[0]?.label === "Renamed");
      assert.equal(state(), "connecting");
      assert.equal(first.sockets.length, 1, "a name needs no new attempt");
      assert.equal(first.sockets[0]?.destroyed, false);

      await setApplications([{ ...entry, security: "plaintext" }]);
      await eventually("the second attempt", () => first.sockets.length === 2);
      await eventually("the end of the first", () => first.sockets[0]?.destroyed);
      await eventually("the answer that there is no key", () => state() === "failed");
      assert.ok(first.received[0]?.startsWith(clientHello), "only TLS in the first attempt");
      assert.ok(!first.received[0]?.includes("MQTT"));
      assert.equal(first.received[1] ?? "", "", "nothing at all without a key");

      await setApplications([{ ...entry, port: second.port, security: "tls" }]);
      await eventually("the other server", () => api.applications[0]?.port === second.port);
      await eventually("the end of all attempts", () =>
        first.sockets.every(({ destroyed }) => destroyed),
      );
      assert.equal(state(), "stopped", "another server is connected to only when asked");
      assert.equal(first.sockets.length, 2);
      assert.equal(second.sockets.length, 0);
    });
  });
});

/** Notes which files are read by code in a folder. Every way to read a file is in one of these functions. */
function watchReads(readerFolder: string): { readonly files: string[]; stop(): void } {
  const files: string[] = [];
  const undo: (() => void)[] = [];
  const names = ["readFile", "readFileSync", "open", "openSync", "createReadStream", "readdir"];
  for (const owner of [fs, fs.promises]) {
    for (const name of [...names, "readdirSync", "opendir", "stat", "access", "watch"]) {
      const original: unknown = Reflect.get(owner, name);
      if (typeof original !== "function") continue;
      Reflect.set(owner, name, function (this: unknown, file: unknown, ...rest: unknown[]) {
        if (new Error().stack?.includes(readerFolder) === true) files.push(String(file));
        return Reflect.apply(original, this, [file, ...rest]) as unknown;
      });
      undo.push(() => Reflect.set(owner, name, original));
    }
  }
  return { files, stop: () => undo.forEach((restore) => restore()) };
}

/** How a TLS connection begins. */
const clientHello = "\x16\x03";

/** Accepts connections and says nothing. */
class SilentServer {
  readonly sockets: Socket[] = [];
  /** What each connection brought. */
  readonly received: string[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {
    server.on("connection", (socket) => {
      const index = this.sockets.push(socket) - 1;
      this.received[index] = "";
      socket.on("error", () => undefined); // resets are welcome
      socket.on(
        "data",
        (data) =>
          (this.received[index] = `${this.received[index] ?? ""}${data.toString("latin1")}`),
      );
      socket.on("close", () => socket.destroy());
    });
  }

  static async start(): Promise<SilentServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    return new SilentServer(server, address.port);
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}
