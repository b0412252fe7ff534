/** The commands that edit stored applications and keys, in a VS Code in memory: what they change, and what they never do. */
import assert from "node:assert/strict";
import path from "node:path";
import type * as EditCommand from "../../src/commands/applications/editApplication";
import type * as KeyCommand from "../../src/commands/applications/setApiKey";
import type { CommandServices } from "../../src/commands/services";
import { applicationKey, type ApplicationSettings } from "../../src/stack/applicationSettings";
import { trimApiKey } from "../../src/stack/identifiers";
import { canaryKey } from "../support/fixtures";
import { fakeVscode, installFakeVscode, resetFakeVscode } from "../support/fakeVscode";

describe("The commands on stored applications", () => {
  let edit: typeof EditCommand;
  let setKey: typeof KeyCommand;

  before(async () => {
    installFakeVscode();
    edit = await import("../../src/commands/applications/editApplication");
    setKey = await import("../../src/commands/applications/setApiKey");
  });

  beforeEach(() => resetFakeVscode());

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
