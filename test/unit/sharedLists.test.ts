/** Lists that several windows change at once: the settings' applications, keys, consents. Nothing is lost. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { applicationKey, type ApplicationSettings } from "../../src/stack/applicationSettings";
import {
  applyChange,
  catchUp,
  listDigest,
  parsePast,
  type ListChange,
  type PastChange,
} from "../../src/storage/listChanges";
import { PlaintextConsents } from "../../src/storage/plaintextConsents";
import { SharedFile } from "../../src/storage/sharedFile";
import { systemClock } from "../../src/util/clock";

const entry = (id: string): ApplicationSettings => ({
  ...{ application: id, host: "lns.example.com", port: 8883, security: "tls" },
});
const put = (id: string): ListChange => ({
  ...{ type: "put", key: applicationKey(entry(id)), settings: entry(id) },
});
const remove = (id: string): ListChange => ({ type: "remove", key: applicationKey(entry(id)) });

describe("Lists shared by windows", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "explorer-lists-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The same file, as another window has it. */
  const opened = () => new SharedFile(path.join(folder, "new"), "list.json", systemClock);

  const state = { get: () => undefined, update: () => Promise.resolve() };

  it("lose nothing when ten windows write fifty times at once", async () => {
    const windows = Array.from({ length: 10 }, () => new PlaintextConsents(opened(), state));
    const servers = Array.from({ length: 50 }, (_, port) => ({ host: "a.example.com", port }));
    await Promise.all(servers.map(async (server) => windows[server.port % 10]?.grant(server)));
    for (const window of windows) assert.equal(window.all().length, 50);
    await Promise.all(windows.map(async (window, port) => window.revoke(`a.example.com:${port}`)));
    assert.equal(windows[0]?.all().length, 40);
    assert.deepEqual(await readdir(path.join(folder, "new")), ["list.json"]);
  });

  it("go on after a window crashed with the lock", async () => {
    const file = new SharedFile(folder, "list.json", systemClock);
    const lock = path.join(folder, "list.json.lock");
    await writeFile(lock, "");
    const longAgo = Date.now() / 1000 - 60;
    await utimes(lock, longAgo, longAgo);
    await file.exclusively((_, write) => write(["it"]));
    assert.deepEqual(file.read(), ["it"]);
  });

  it("go on after a writer that failed, and are empty when the file is broken", async () => {
    const file = opened();
    await assert.rejects(file.exclusively(() => Promise.reject(new Error("no"))));
    await file.exclusively((value, write) => write([value ?? "none"]));
    assert.deepEqual(file.read(), ["none"]);
    await writeFile(path.join(folder, "new", "list.json"), "{ broken");
    assert.equal(file.read(), undefined);
  });

  describe("of applications", () => {
    const at = 1_000;
    const made = (change: ListChange, entries: readonly unknown[]): PastChange => ({
      ...{ change, at, after: listDigest(entries) },
    });

    it("takes over what another window did before it changes the list", () => {
      const old = [entry("app-a")];
      const past = [made(put("app-b"), [entry("app-a"), entry("app-b")])];
      const caughtUp = catchUp(old, past, () => false);
      assert.deepEqual(applyChange(caughtUp, put("app-c")), ["app-a", "app-b", "app-c"].map(entry));
    });

    it("brings nothing back that this window has seen and that was taken away by hand since", () => {
      const past = [made(put("app-b"), [entry("app-b")])];
      assert.deepEqual(
        catchUp([], past, () => true),
        [],
      );
    });

    it("keeps entries that nobody can read", () => {
      const odd = [null, 7, { application: "Bad Id" }, entry("app-a")];
      assert.deepEqual(applyChange(odd, remove("app-a")), odd.slice(0, 3));
      assert.deepEqual(applyChange(odd, put("app-a")), odd);
    });

    it("makes a change twice as once, and puts an edited one in its place", () => {
      const once = applyChange([entry("app-a"), entry("app-b")], remove("app-a"));
      assert.deepEqual(applyChange(once, remove("app-a")), once);
      const moved = {
        type: "put",
        key: applicationKey(entry("app-b")),
        settings: entry("app-c"),
      } as const;
      assert.deepEqual(applyChange(once, moved), [entry("app-c")]);
      assert.deepEqual(applyChange([entry("app-c")], moved), [entry("app-c")]);
    });

    it("reads only what it wrote itself", () => {
      const good = [made(put("app-a"), []), made(remove("app-b"), [])];
      const bad = [null, 7, {}, { change: { type: "put", key: "k" }, at, after: "x" }];
      assert.deepEqual(parsePast([...bad, ...good]), good);
      for (const value of [undefined, null, "x", {}]) assert.deepEqual(parsePast(value), []);
    });
  });
});
