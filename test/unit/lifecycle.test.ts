/** The whole extension from activate to deactivate, in a VS Code in memory. Source: reliability §6.6, §6.7. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { inspect } from "node:util";
import type { ExplorerApi } from "../../src/api";
import type * as Extension from "../../src/extension";
import { createApplicationServer } from "../../src/demo/server/applicationServer";
import { consoleRights } from "../../src/demo/server/apiKey";
import { applicationKey, type ApplicationSettings } from "../../src/stack/applicationSettings";
import { secretName } from "../../src/storage/apiKeys";
import { within } from "../support/conditions";
import { eventually } from "../support/eventually";
import {
  fakeContext,
  FakeKeyring,
  FakeMemory,
  fakeVscode,
  installFakeVscode,
  resetFakeVscode,
  setSetting,
} from "../support/fakeVscode";
import { canaryKey, findCanary } from "../support/canary";
import { MemoryFile } from "../support/memoryFile";
import { systemClock } from "../../src/util/clock";
import { handles, heapAfterCollection, noMoreThan } from "../support/leakCheck";

const setting = "thethingsstack.applications";
const uid = "app1@tenant1";

describe("The extension's life", function () {
  this.timeout(60_000);
  let extension: typeof Extension;
  let keyring: FakeKeyring;
  let memory: FakeMemory;

  before(async () => {
    installFakeVscode();
    extension = await import("../../src/extension");
  });

  beforeEach(() => {
    resetFakeVscode();
    keyring = new FakeKeyring();
    memory = new FakeMemory();
  });

  /** One start of VS Code. */
  function start(): { readonly api: ExplorerApi; readonly end: () => Promise<void> } {
    const context = fakeContext(keyring, memory);
    const api = extension.activate(context);
    return {
      api,
      end: async () => {
        await extension.deactivate();
        for (const item of [...context.subscriptions].reverse()) item.dispose();
      },
    };
  }

  async function run(command: string, argument?: unknown): Promise<void> {
    const found = fakeVscode.commands.get(`thethingsstack.${command}`);
    assert.ok(found, command);
    await found(argument);
  }

  function entry(port: number, more: Partial<ApplicationSettings> = {}): ApplicationSettings {
    return { application: uid, host: "127.0.0.1", port, security: "plaintext", ...more };
  }

  const phaseOf = (api: ExplorerApi) => api.applications[0]?.state;

  it("L04 ends twice, and without having begun, in peace", async () => {
    await extension.deactivate();
    const { end } = start();
    await extension.deactivate();
    await extension.deactivate();
    await end();
    assert.deepEqual(fakeVscode.registered, []);
    await extension.deactivate();
  });

  it("L04 leaves nothing registered when it ends while everything is only starting", async () => {
    const before = handles();
    setSetting("thethingsstack.demo.startOnStartup", true);
    setSetting(setting, [{ ...entry(9), connectOnStartup: true }]);
    const { end } = start();
    await within(2_000, end());
    assert.deepEqual(fakeVscode.registered, []);
    await noMoreThan(before);
  });

  it("L04 leaves nothing registered when starting fails halfway", () => {
    fakeVscode.treeFailure = new Error("no view");
    const context = fakeContext(keyring, memory);
    assert.throws(() => extension.activate(context), /no view/);
    for (const item of context.subscriptions) item.dispose();
    assert.deepEqual(fakeVscode.registered, []);
  });

  it("L04 L09 begins anew after its end, as when VS Code updates it", async () => {
    const first = start();
    await run("demo.start");
    await eventually("the first connection", () => phaseOf(first.api) === "connected");
    await first.end();
    const second = start();
    assert.deepEqual(second.api.applications, []);
    await run("demo.start");
    await eventually("the second connection", () => phaseOf(second.api) === "connected");
    await second.end();
    assert.deepEqual(fakeVscode.registered, []);
  });

  it("L05 is the same after 100 cycles, each with a connection and messages", async () => {
    const cycle = async () => {
      const { api, end } = start();
      await run("demo.start");
      await eventuallySoon(() => phaseOf(api) === "connected");
      await end();
      assert.deepEqual(fakeVscode.registered, []);
    };
    for (let warmUp = 0; warmUp < 20; warmUp++) await cycle();
    const before = handles();
    const heap = heapAfterCollection();
    for (let count = 0; count < 100; count++) await cycle();
    await noMoreThan(before);
    const growth = heapAfterCollection() - heap;
    console.log(`    heap after 100 cycles: ${(growth / 1024).toFixed(0)} KiB more`);
    assert.ok(growth < 2 * 1024 * 1024, `${growth} bytes more`);
  });

  describe("with a server that never answers", () => {
    let server: Server;
    let port: number;

    beforeEach(async () => {
      server = createServer((socket) => socket.on("error", () => undefined));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      assert.ok(typeof address === "object" && address !== null);
      ({ port } = address);
    });

    afterEach(() => {
      server.close();
    });

    it("L11 starts at once while the connection of the start hangs", async () => {
      setSetting(setting, [{ ...entry(port, { security: "tls" }), connectOnStartup: true }]);
      const begin = performance.now();
      const { api, end } = start();
      assert.ok(performance.now() - begin < 500);
      assert.equal(phaseOf(api), "connecting");
      await within(2_500, end());
      assert.deepEqual(fakeVscode.registered, []);
    });
  });

  it("L11 waits, without a pop-up, when it starts offline", async () => {
    const entries = [9, 10].map((port) => ({ ...entry(port), connectOnStartup: true }));
    setSetting(setting, entries);
    const { api, end } = start();
    await eventually("both wait", () => api.applications.every(({ state }) => state === "waiting"));
    assert.deepEqual(fakeVscode.messages, []);
    await end();
  });

  it("S03 S02 works with a keyring that forgets, and says so at the next start", async () => {
    const server = await createApplicationServer();
    try {
      server.addApplication({ uid });
      const apiKey = server.addApiKey(uid);
      const settings = { ...entry(server.port), connectOnStartup: true };
      setSetting(setting, [settings]);
      const first = start();
      await eventually("no key", () => phaseOf(first.api) === "failed");
      fakeVscode.messages.length = 0;
      fakeVscode.typed.push(apiKey);
      await run("application.setApiKey", applicationKey(settings));
      await eventually("the connection", () => phaseOf(first.api) === "connected");
      assert.deepEqual(fakeVscode.messages, []);
      await first.end();
      keyring = new FakeKeyring(); // VS Code without a keyring was closed and opened.
      const second = start();
      await eventually("the loss", () => phaseOf(second.api) === "failed");
      assert.equal(fakeVscode.messages.length, 1);
      const [message = ""] = fakeVscode.messages as readonly string[];
      assert.match(message, /the API key is gone from this machine/);
      assert.match(message, /keeps keys only until it is closed/);
      assert.deepEqual(fakeVscode.settings.get(setting), [settings]);
      fakeVscode.typed.push(apiKey);
      await run("application.setApiKey", applicationKey(settings));
      await eventually("the connection again", () => phaseOf(second.api) === "connected");
      await second.end();
    } finally {
      await server.close();
    }
  });

  it("X05 hands out nothing that holds a key, connected or not", async () => {
    const server = await createApplicationServer();
    try {
      server.addApplication({ uid });
      server.addKnownApiKey({ key: canaryKey, rights: { [uid]: consoleRights } });
      const settings = entry(server.port);
      setSetting(setting, [settings]);
      const { api, end } = start();
      const heard: unknown[] = [];
      api.onDidReceiveMessage((message) => heard.push(message));
      fakeVscode.typed.push(canaryKey);
      await run("application.setApiKey", applicationKey(settings));
      await eventually("the connection", () => phaseOf(api) === "connected");
      const device = server.network.addEndDevice(uid, { deviceId: "dev1" });
      server.network.uplink(device, { fPort: 1, framePayload: Buffer.from([1]) });
      await eventually("a message", () => heard.length > 0);
      const handedOut = [api, api.applications, api.recentMessages(), heard, extension, memory];
      const text = inspect(handedOut, { depth: Infinity, showHidden: true, getters: true });
      assert.match(text, /dev1/);
      assert.deepEqual(findCanary(text + JSON.stringify(handedOut)), []);
      assert.ok([...keyring.kept.values()].includes(canaryKey));
      await end();
      assert.deepEqual(findCanary(inspect(handedOut, { depth: Infinity, showHidden: true })), []);
    } finally {
      await server.close();
    }
  });

  it("adds to what another window wrote, though this one still shows the old settings", async () => {
    const first = entry(9, { application: "app2@tenant1" });
    const second = entry(9, { application: "app3@tenant1" });
    const { end } = start();
    const addFromPaste = async ({ application }: ApplicationSettings) => {
      fakeVscode.typed.push(`mqtt://${application.replace("@", "%40")}:${canaryKey}@127.0.0.1:9`);
      fakeVscode.picked.push(["Plaintext on port 9"], ["Connect now"]);
      await run("application.add");
    };
    await addFromPaste(first);
    await end();
    // The settings as they were: in the browser no window hears of another one's change.
    fakeVscode.settings.set(setting, []);
    const other = start();
    await addFromPaste(second);
    const ids = (fakeVscode.settings.get(setting) as ApplicationSettings[]).map(
      ({ application }) => application,
    );
    assert.deepEqual(ids, ["app2@tenant1", "app3@tenant1"]);
    await other.end();
  });

  it("remembers a change before the settings have it, and forgets one that they refused", async () => {
    const { ApplicationStore } = await import("../../src/storage/applicationStore");
    const file = new MemoryFile();
    const settingsAtWrite: unknown[] = [];
    const store = new ApplicationStore(
      () => undefined,
      {
        read: () => file.read(),
        exclusively: (work) =>
          file.exclusively((value, write) =>
            work(value, (next) => {
              settingsAtWrite.push(fakeVscode.settings.get(setting));
              return write(next);
            }),
          ),
      },
      systemClock,
    );
    await store.add(entry(9));
    await store.remove(applicationKey(entry(9)));
    // A window that ends between the two has told the next one that the application is to go.
    assert.deepEqual(settingsAtWrite, [undefined, [entry(9)]]);
    const before = file.read();
    fakeVscode.settingsFailure = new Error("settings.json is not saved");
    await assert.rejects(store.add(entry(10)));
    assert.deepEqual(file.read(), before);
    store.dispose();
  });

  describe("removing an application", () => {
    const settings = entry(9);
    const name = secretName(settings);
    let life: ReturnType<typeof start>;

    beforeEach(() => {
      setSetting(setting, [settings]);
      keyring.kept.set(name, canaryKey);
      memory.kept.set("storedKeys.v1", [name]);
      fakeVscode.answer = (_text, buttons) => buttons.find((each) => each === "Remove");
      life = start();
    });

    afterEach(() => life.end());

    const remove = () => run("application.remove", applicationKey(settings));

    function assertAllGone(): void {
      assert.deepEqual(fakeVscode.settings.get(setting), []);
      assert.deepEqual([...keyring.kept], []);
      assert.deepEqual(memory.get("storedKeys.v1"), []);
      assert.deepEqual(life.api.applications, []);
    }

    it("S09 says that a key stayed when the keyring refused", async () => {
      keyring.deleteFailure = new Error(`cannot delete ${canaryKey}`);
      await remove();
      assert.deepEqual(fakeVscode.settings.get(setting), []);
      assert.equal(keyring.kept.get(name), canaryKey);
      assert.match(fakeVscode.messages.at(-1) ?? "", /did not delete its API key.*Manage Stored/);
      assert.deepEqual(findCanary(fakeVscode.messages.join("\n")), []);
    });

    it("S09 changes nothing when the setting could not be written, and ends well again", async () => {
      fakeVscode.settingsFailure = new Error("settings.json is not saved");
      await remove();
      assert.equal(keyring.kept.get(name), canaryKey);
      assert.deepEqual(fakeVscode.settings.get(setting), [settings]);
      assert.match(fakeVscode.messages.at(-1) ?? "", /did not work/);
      fakeVscode.settingsFailure = undefined;
      await remove();
      assertAllGone();
    });

    it("L10 takes the setting away before the key, so that no window asks for it", async () => {
      const entriesAtTheEvent: unknown[] = [];
      keyring.onDidChange(() => entriesAtTheEvent.push(fakeVscode.settings.get(setting)));
      await remove();
      assert.deepEqual(entriesAtTheEvent, [[]]);
      assertAllGone();
    });

    it("shows a key that stayed, and a consent, and removes both", async () => {
      keyring.deleteFailure = new Error("locked");
      await remove();
      keyring.deleteFailure = undefined;
      memory.kept.set("plaintextConsents.v1", ["lns.example.com:1883"]);
      fakeVscode.picked.push(["Unknown application", "lns.example.com:1883"]);
      await run("keys.manage");
      assertAllGone();
      assert.deepEqual(memory.get("plaintextConsents.v1"), []);
      await run("keys.manage");
      assert.match(fakeVscode.messages.at(-1) ?? "", /No API key and no consent/);
    });

    it("removes no stored key without consent, and disconnects who uses it", async () => {
      const manage = () => {
        fakeVscode.picked.push([uid]);
        return run("keys.manage");
      };
      fakeVscode.answer = () => undefined;
      await manage();
      assert.equal(keyring.kept.get(name), canaryKey);
      assert.match(fakeVscode.details.at(-1) ?? "", /It is in use: app1@tenant1 is disconnected/);
      assert.deepEqual(findCanary(fakeVscode.messages.join() + fakeVscode.details.join()), []);
      fakeVscode.answer = () => "Remove";
      await manage();
      assert.deepEqual([...keyring.kept], []);
      assert.deepEqual(fakeVscode.settings.get(setting), [settings]);
      assert.equal(phaseOf(life.api), "stopped");
    });

    it("S19 gives nothing of its memory to Settings Sync", async () => {
      await remove();
      assert.deepEqual(memory.synced, []);
    });
  });
});

/** As `eventually`, without a pause: cycles are many. */
async function eventuallySoon(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < end, "it took more than ten seconds");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
