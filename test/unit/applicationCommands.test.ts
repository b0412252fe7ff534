/** The commands that edit stored applications and keys, in a VS Code in memory: what they change, and what they never do. */
import assert from "node:assert/strict";
import path from "node:path";
import type * as AddCommand from "../../src/commands/applications/addApplication";
import type * as EditCommand from "../../src/commands/applications/editApplication";
import type * as KeyCommand from "../../src/commands/applications/setApiKey";
import type { CommandServices } from "../../src/commands/services";
import { applicationKey, type ApplicationSettings } from "../../src/stack/applicationSettings";
import { trimApiKey } from "../../src/stack/identifiers";
import { canaryKey } from "../support/fixtures";
import { fakeVscode, installFakeVscode, resetFakeVscode } from "../support/fakeVscode";

describe("The commands on stored applications", () => {
  let add: typeof AddCommand;
  let edit: typeof EditCommand;
  let setKey: typeof KeyCommand;

  before(async () => {
    installFakeVscode();
    add = await import("../../src/commands/applications/addApplication");
    edit = await import("../../src/commands/applications/editApplication");
    setKey = await import("../../src/commands/applications/setApiKey");
  });

  beforeEach(() => resetFakeVscode());

  describe("adding an application from a paste", () => {
    const now = ["Connect now"];
    const page = "https://lns.example.com/console/applications/soil-lab";

    /** Runs the command; returns what was bound and stored, as `host:port application security caFile`. */
    async function added(): Promise<readonly string[]> {
      const stored: string[] = [];
      const parts: unknown = {
        model: { application: () => undefined, onDidChange: () => ({ dispose: () => undefined }) },
        connections: { restart: () => undefined, connect: () => undefined },
        consents: { has: () => false, grant: () => Promise.resolve() },
        applications: {
          read: () => [],
          find: () => undefined,
          add: ({ host, port, application, security, caFile = "" }: ApplicationSettings) => {
            stored.push(`${host}:${port} ${application} ${security} ${caFile}`.trim());
            return Promise.resolve();
          },
        },
        apiKeys: {
          store: ({ host, port }: ApplicationSettings, key: string) => {
            assert.equal(key, canaryKey);
            stored.push(`key for ${host}:${port}`);
            return Promise.resolve();
          },
        },
      };
      await add.addApplication(parts as CommandServices)(undefined);
      assert.deepEqual(
        [fakeVscode.typed, fakeVscode.picked],
        [[], []],
        "every answer was asked for",
      );
      return stored;
    }

    it("binds no key to a guessed host when the question is closed", async () => {
      fakeVscode.typed.push(`${page} ${canaryKey}`);
      assert.deepEqual(await added(), []);
      assert.match(fakeVscode.validation?.message ?? "", /lns\.example\.com \(not sure/);
    });

    it("binds the key to a guessed host once it was confirmed", async () => {
      fakeVscode.typed.push(`${page} ${canaryKey}`);
      fakeVscode.picked.push(["Use lns.example.com"], now);
      assert.deepEqual(await added(), [
        "key for lns.example.com:8883",
        "lns.example.com:8883 soil-lab tls",
      ]);
    });

    it("binds the key to the host that was chosen instead", async () => {
      fakeVscode.typed.push(`${page} soil-lab@ttn ${canaryKey}`);
      fakeVscode.picked.push(["Choose the Host Myself…"], ["nam1.cloud.thethings.network"], now);
      assert.deepEqual(await added(), [
        "key for nam1.cloud.thethings.network:8883",
        "nam1.cloud.thethings.network:8883 soil-lab@ttn tls",
      ]);
    });

    it("asks nothing about a host that is named clearly", async () => {
      fakeVscode.typed.push(`mqtts://soil-lab:${canaryKey}@lns.example.com:8883`);
      fakeVscode.picked.push(now);
      assert.deepEqual(await added(), [
        "key for lns.example.com:8883",
        "lns.example.com:8883 soil-lab tls",
      ]);
    });

    it("refuses a port that is none, with the reason", async () => {
      fakeVscode.typed.push("lns.example.com:99999");
      await Promise.race([added(), Promise.resolve()]);
      await new Promise((resolve) => setImmediate(resolve));
      assert.match(fakeVscode.validation?.message ?? "", /99999 is no port/);
    });

    it("never takes the TLS port for a plaintext URL without port", async () => {
      fakeVscode.typed.push(`mqtt://soil-lab:${canaryKey}@localhost`);
      fakeVscode.picked.push(["Plaintext on port 1883"], now);
      assert.deepEqual(await added(), [
        "key for localhost:1883",
        "localhost:1883 soil-lab plaintext",
      ]);
    });

    it("goes on without a CA file of another machine only when told", async () => {
      const command = `mosquitto_sub -h lns.example.com -p 8883 --cafile /nowhere/ca.pem -u soil-lab -P ${canaryKey}`;
      fakeVscode.typed.push(command);
      assert.deepEqual(await added(), []);
      fakeVscode.typed.push(command);
      fakeVscode.picked.push(["Go On Without a CA File"], now);
      assert.deepEqual(await added(), [
        "key for lns.example.com:8883",
        "lns.example.com:8883 soil-lab tls",
      ]);
    });

    it("completes the tenant that the host tells", async () => {
      fakeVscode.typed.push(`acme.eu1.cloud.thethings.industries:8883 user: soil-lab ${canaryKey}`);
      fakeVscode.typed.push("soil-lab@acme");
      fakeVscode.picked.push(now);
      assert.deepEqual(await added(), [
        "key for acme.eu1.cloud.thethings.industries:8883",
        "acme.eu1.cloud.thethings.industries:8883 soil-lab@acme tls",
      ]);
    });
  });

  describe("changing the CA file", () => {
    const without: ApplicationSettings = {
      ...{ application: "soil-lab", host: "lns.example.com", port: 8883, security: "tls" },
    };
    const withFile: ApplicationSettings = { ...without, caFile: path.resolve("ca.pem") };

    /** Runs the command on one application and returns what was written. */
    async function edited(before: ApplicationSettings): Promise<readonly ApplicationSettings[]> {
      const written: ApplicationSettings[] = [];
      const application = { key: applicationKey(before), settings: before, isDemo: false };
      const parts: unknown = {
        model: { application: () => application },
        applications: {
          find: () => written.at(-1) ?? before,
          replace: (_key: string, after: ApplicationSettings) => {
            written.push(after);
            return Promise.resolve();
          },
        },
      };
      await edit.editApplication(parts as CommandServices)(application.key);
      return written;
    }

    it("keeps the file when the dialog is cancelled", async () => {
      fakeVscode.picked.push(["CA file"], ["Choose Another File…"]);
      fakeVscode.files.push(undefined);
      assert.deepEqual(await edited(withFile), []);
      assert.equal(fakeVscode.picked.length, 0);
    });

    it("keeps the file when the question about it is closed", async () => {
      fakeVscode.picked.push(["CA file"], []);
      assert.deepEqual(await edited(withFile), []);
    });

    it("keeps the file when another one holds no certificate", async () => {
      fakeVscode.picked.push(["CA file"], ["Choose Another File…"]);
      fakeVscode.files.push(path.resolve("package.json"));
      assert.deepEqual(await edited(withFile), []);
      assert.match(fakeVscode.messages.join(), /no PEM certificate/);
    });

    it("takes the file away when that is chosen", async () => {
      fakeVscode.picked.push(["CA file"], ["Remove the CA File"]);
      assert.deepEqual(await edited(withFile), [without]);
    });

    it("changes nothing when the dialog is cancelled and there was no file", async () => {
      fakeVscode.picked.push(["CA file"]);
      fakeVscode.files.push(undefined);
      assert.deepEqual(await edited(without), []);
    });
  });

  describe("S18 a key copied with what stands around it", () => {
    const around: readonly (readonly [string, string])[] = [
      [" ", "\n"],
      ["", "\r\n"],
      ["\t", "\u00a0"],
      ['"', '"'],
      ["'", "',"],
      ["`", "`"],
      ["\u201c", "\u201d"],
      ["\ufeff", "\u200b"],
      ["Bearer ", ""],
      ['  "', '";  '],
    ];
    for (const [before, after] of around) {
      it(`is trimmed, and said, with ${JSON.stringify([before, after])}`, () => {
        const pasted = before + canaryKey + after;
        assert.equal(trimApiKey(pasted), canaryKey);
        const feedback = setKey.apiKeyFeedback(trimApiKey(pasted), pasted);
        assert.ok(feedback && "hint" in feedback);
        assert.match(feedback.hint, /left out/);
      });
    }

    it("is not said of a clean one, and a blank inside stays an error", () => {
      assert.equal(setKey.apiKeyFeedback(canaryKey, canaryKey), undefined);
      const broken = canaryKey.replace(".", ". ");
      const feedback = setKey.apiKeyFeedback(trimApiKey(broken), broken);
      assert.ok(feedback && "error" in feedback);
    });

    it("is stored without it", async () => {
      const stored: string[] = [];
      const application = {
        ...{ key: "k", isDemo: false, connection: { phase: "stopped" } },
        settings: { application: "soil-lab", host: "lns.example.com" },
      };
      const parts: unknown = {
        model: { application: () => application },
        connections: { connect: () => undefined },
        apiKeys: {
          store: (_settings: unknown, key: string) => {
            stored.push(key);
            return Promise.resolve();
          },
        },
      };
      fakeVscode.typed.push(` "${canaryKey}"\n`);
      await setKey.setApiKey(parts as CommandServices)("k");
      assert.deepEqual(stored, [canaryKey]);
      assert.match(fakeVscode.validation?.message ?? "", /left out/);
    });
  });
});
