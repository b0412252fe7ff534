/** What VS Code is asked to do under load and in idleness, counted in a real one. Source: reliability §6.8. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as vscode from "vscode";
import manifest from "../../package.json";
import type { ExplorerApi } from "../../src/api";
import { canaryKey } from "../support/canary";
import { eventually } from "../support/eventually";
import { HostWatch } from "../support/hostWatch";
import { publish } from "../support/packets";
import { ScriptedBroker, serveAll, type BrokerConnection } from "../support/scriptedBroker";

const extension = vscode.extensions.getExtension<ExplorerApi>(
  `${manifest.publisher}.${manifest.name}`,
);
assert.ok(extension);
assert.equal(extension.isActive, false, "too late to watch what it makes");
const watch = new HostWatch(extension.extensionPath, "The Things Stack");

const uid = "load-lab@tenant1";

describe("The extension in its host, under load", function () {
  this.timeout(60_000);
  let api: ExplorerApi;
  let broker: ScriptedBroker;
  let server: BrokerConnection;
  let sent = 0;

  before(async () => {
    assert.ok(extension);
    api = await extension.activate();
    broker = await ScriptedBroker.start({ script: serveAll });
    const place = { application: uid, host: "127.0.0.1", port: broker.port };
    await configure([{ ...place, security: "plaintext" }]);
    await eventually("the application", () => api.applications.length === 1);
    await setApiKey(`127.0.0.1:${broker.port}/${uid}`);
    await eventually("the connection", () => api.applications[0]?.state === "connected");
    server = await broker.connection(0);
  });

  after(async () => {
    await configure(undefined);
    await eventually("an empty list", () => api.applications.length === 0);
    await broker.stop();
  });

  async function configure(applications: readonly object[] | undefined): Promise<void> {
    await vscode.workspace
      .getConfiguration("thethingsstack")
      .update("applications", applications, vscode.ConfigurationTarget.Global);
  }

  async function setApiKey(application: string): Promise<void> {
    watch.inputBox = undefined;
    const done = vscode.commands.executeCommand(
      "thethingsstack.application.setApiKey",
      application,
    );
    const box = await eventually("the box for the key", () => watch.inputBox);
    box.value = canaryKey;
    const accepted = Promise.resolve(done).then(() => true);
    await eventually("the key to be taken", async () => {
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
      return Promise.race([accepted, Promise.resolve(false)]);
    });
  }

  /** Sends uplinks at an even pace, and waits until all are received. Frame counters go on from before. */
  async function stream(perSecond: number, seconds: number): Promise<void> {
    const step = 50;
    const portion = (perSecond * step) / 1000;
    const start = performance.now();
    for (let count = 0; count < (seconds * 1000) / step; count++) {
      server.send(...Array.from({ length: portion }, () => uplink(sent++)));
      await until(start + (count + 1) * step);
    }
    await received();
  }

  function uplink(f_cnt: number, decoded_payload: object = {}): Buffer {
    const topic = `v3/${uid}/devices/probe-${f_cnt % 20}/up`;
    return publish(topic, JSON.stringify({ uplink_message: { f_cnt, decoded_payload } }));
  }

  async function received(): Promise<void> {
    await eventually("all messages", () => api.applications[0]?.receivedCount === sent);
  }

  it("F04 writes ten times a second at most, in order, and says what it left out", async () => {
    // Slowed timers below are to be those of the channel alone.
    await vscode.commands.executeCommand("workbench.view.explorer");
    await eventually("the tree out of sight", () => watch.tree?.visible !== true);
    await vscode.commands.executeCommand("thethingsstack.log.show");
    await eventually("the channel on the screen", () => shownChannel() !== undefined);
    watch.appends.length = 0;
    const first = sent;
    await stream(300, 3);
    const text = () => watch.appends.map((append) => append.text).join("");
    await eventually("the last line", () => text().includes(` #${sent - 1} `));
    const counters = () =>
      [...text().matchAll(/ UP .* #(\d+) /g)].map(([, count]) => Number(count));
    const wanted = Array.from({ length: sent - first }, (_, index) => first + index);
    assert.deepEqual(counters(), wanted);
    assertPace(watch.appends, 10, 5);
    await eventually("them all on the screen", () =>
      shownChannel()?.getText().includes(text().trimEnd().slice(-200)),
    );

    watch.appends.length = 0;
    const wide = "\u{e0001}".repeat(40);
    const fields = Object.fromEntries(
      Array.from({ length: 8 }, (_, key) => [`${key}${wide}`, wide]),
    );
    const flood = 1_000;
    // The next append is late, so that on a busy machine, too, more lines come before it than may wait.
    watch.timers.run(1 / 20);
    server.send(...Array.from({ length: flood }, () => uplink(sent++, fields)));
    await received();
    watch.timers.run(1);
    const leftOut = () =>
      [...text().matchAll(/^… (\d+) lines left out/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
    await eventually(
      "every line written or left out",
      () => counters().length + leftOut() === flood,
    );
    assert.ok(leftOut() > 0, "more came at once than may wait");
    assert.deepEqual(
      counters(),
      [...counters()].sort((a, b) => a - b),
    );
    assertPace(watch.appends, 10, 2);
  });

  it("F06 refreshes the tree twice a second while it is seen, never while it is not, and once as it is seen again", async () => {
    const isVisible = () => watch.tree?.visible === true;
    await vscode.commands.executeCommand("thethingsstack.applications.focus");
    await eventually("the tree on the screen", isVisible);
    watch.refreshes.length = 0;
    await stream(1_000, 3);
    assert.ok(watch.refreshes.length >= 3, `${watch.refreshes.length} refreshes`);
    assertPace(watch.refreshes, 2, 2);

    await vscode.commands.executeCommand("workbench.view.explorer");
    await eventually("the tree out of sight", () => !isVisible());
    watch.refreshes.length = 0;
    await stream(1_000, 2);
    assert.deepEqual(watch.refreshes, []);

    await vscode.commands.executeCommand("thethingsstack.applications.focus");
    await eventually("the tree on the screen again", isVisible);
    await eventually("its refresh", () => watch.refreshes.length > 0);
    assert.deepEqual(
      watch.refreshes.map(({ rows }) => rows),
      [undefined],
      "one, of everything",
    );
  });

  it("F11 wakes once a second at most, keeps its size, and stays connected when nothing happens", async () => {
    // Faster, and a short stall of the host would look like a dead connection.
    const scale = 60;
    const seconds = 600;
    const sizeBefore = heapSize();
    const pings = server.count("pingreq");
    watch.timers.wakeups = 0;
    watch.timers.run(scale);
    await until(performance.now() + (seconds * 1000) / scale);
    const { wakeups } = watch.timers;
    watch.timers.run(1);
    const growth = heapSize() - sizeBefore;
    const text = `${wakeups} wakeups, ${(growth / 1024).toFixed(0)} KiB more in ten idle minutes`;
    console.log(text);
    assert.ok(server.count("pingreq") - pings >= 10, "its timers ran faster");
    assert.equal(broker.connections.length, 1);
    assert.equal(api.applications[0]?.state, "connected");
    assert.ok(wakeups > 0 && wakeups <= seconds, text);
    assert.ok(growth < 2 * 1024 * 1024, text);
  });
});

function shownChannel(): vscode.TextDocument | undefined {
  return vscode.window.visibleTextEditors.find(
    ({ document }) => document.languageId === "thethingsstack-events",
  )?.document;
}

/** No more than so many a second: the shortest time that they may take is that of one less. */
function assertPace(
  times: readonly { readonly at: number }[],
  perSecond: number,
  earlyMilliseconds: number,
): void {
  for (const [index, { at }] of times.entries()) {
    const later = times[index + perSecond];
    if (!later) return;
    assert.ok(later.at - at >= 1000 - earlyMilliseconds * perSecond, `${later.at - at} ms`);
  }
}

/** Waits for a point of the monotonic clock: load has a pace. */
async function until(time: number): Promise<void> {
  const wait = time - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

function heapSize(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
