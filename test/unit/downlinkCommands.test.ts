/** The commands that send, from the click to the server: what they ask, and what leaves then. Source: reliability R11, §6.5. */
import assert from "node:assert/strict";
import type * as QueueCommands from "../../src/commands/downlinks/downlinkQueue";
import type * as SendCommand from "../../src/commands/downlinks/sendDownlink";
import type * as ManyCommand from "../../src/commands/downlinks/sendToMany";
import type { Command, CommandServices } from "../../src/commands/services";
import { Connections } from "../../src/connections/connections";
import {
  createApplicationServer,
  type ApplicationServer,
} from "../../src/demo/server/applicationServer";
import type { Application } from "../../src/model/application";
import { Model } from "../../src/model/model";
import type { ApplicationSettings } from "../../src/stack/applicationSettings";
import { systemClock } from "../../src/util/clock";
import type { TreeNode } from "../../src/views/tree/treeNodes";
import { eventually } from "../support/conditions";
import { fakeVscode, installFakeVscode, resetFakeVscode } from "../support/fakeVscode";

const uid = "soil-lab@ttn";
const devices = ["pump-1", "pump-2", "pump-3"];

describe("The commands that send downlinks", function () {
  this.timeout(10_000);
  let queue: typeof QueueCommands;
  let send: typeof SendCommand;
  let many: typeof ManyCommand;
  let server: ApplicationServer;
  let model: Model;
  let connections: Connections;
  let services: CommandServices;

  before(async () => {
    installFakeVscode();
    queue = await import("../../src/commands/downlinks/downlinkQueue");
    send = await import("../../src/commands/downlinks/sendDownlink");
    many = await import("../../src/commands/downlinks/sendToMany");
  });

  beforeEach(() => resetFakeVscode());
  afterEach(async () => {
    await connections.close();
    await server.close();
  });

  /** A connected application whose end devices have spoken. */
  async function connect(more: Partial<ApplicationSettings> = {}): Promise<void> {
    server = await createApplicationServer();
    server.addApplication({ uid });
    const apiKey = server.addApiKey(uid);
    for (const id of devices) server.network.addEndDevice(uid, { deviceId: id });
    model = new Model({ maximumMessages: 100, maximumBytes: 1 << 20 });
    model.setApplications([
      { application: uid, host: "127.0.0.1", port: server.port, security: "plaintext", ...more },
    ]);
    connections = new Connections(model, {
      clock: systemClock,
      random: Math.random,
      readApiKey: () => Promise.resolve(apiKey),
      readCaFile: () => Promise.reject(new Error("no file")),
      isPlaintextAllowed: () => false,
      log: () => undefined,
    });
    connections.connect(application().key);
    await eventually("connected", () => application().connection.phase === "connected");
    for (const id of devices) application().endDevice(id, systemClock.now());
    const parts: unknown = { model, connections, tree: { selection: undefined, selections: [] } };
    services = parts as CommandServices;
  }

  function application(): Application {
    const [found] = model.applications;
    assert.ok(found);
    return found;
  }

  function node(deviceId: string): TreeNode {
    const device = application().endDevices.get(deviceId);
    assert.ok(device);
    return { type: "device", application: application(), device };
  }

  /** FPort 15, BEEF, sent without further wishes. */
  function typeBeef(): void {
    fakeVscode.typed.push("15", "BEEF");
    fakeVscode.picked.push(["Hex"], ["Send"]);
  }

  const topics = () => server.records.map(({ topic }) => topic.replace(`v3/${uid}/devices/`, ""));
  const run = async (command: Command, argument?: unknown, selected?: unknown): Promise<void> => {
    await command(services)(argument, selected);
  };

  const acts: readonly {
    readonly name: string;
    readonly production?: boolean;
    readonly act: () => Promise<void>;
    readonly says: readonly RegExp[];
    readonly yes: string;
    readonly topics: readonly string[];
  }[] = [
    {
      name: "clear",
      act: () => run(queue.clearQueue, node("pump-1")),
      says: [/pump-1 of soil-lab@ttn on 127\.0\.0\.1:\d+/, /thrown away/, /never confirms a clear/],
      yes: "Clear Queue",
      topics: ["pump-1/down/replace"],
    },
    {
      name: "replace",
      act: () => run(queue.replaceQueue, node("pump-1")),
      says: [
        /pump-1 of soil-lab@ttn on 127\.0\.0\.1:\d+/,
        /thrown away/,
        /1 new downlink/,
        /FPort 15, 2 bytes: BE EF/,
      ],
      yes: "Replace Queue",
      topics: ["pump-1/down/replace"],
    },
    {
      name: "several end devices",
      act: () => run(many.sendToMany, node("pump-1"), devices.map(node)),
      says: [
        /to 3 end devices/,
        /soil-lab@ttn on 127\.0\.0\.1:\d+: pump-1, pump-2, pump-3\./,
        /FPort 15, 2 bytes: BE EF/,
      ],
      yes: "Send to 3 end devices",
      topics: ["pump-1/down/push", "pump-2/down/push", "pump-3/down/push"],
    },
    {
      name: "a production application",
      production: true,
      act: () => run(send.sendDownlink, node("pump-1")),
      says: [
        /production/,
        /pump-1 of soil-lab@ttn \(production\) on 127\.0\.0\.1:\d+/,
        /FPort 15, 2 bytes: BE EF/,
      ],
      yes: "Send",
      topics: ["pump-1/down/push"],
    },
    {
      name: "a replace in a production application",
      production: true,
      act: () => run(queue.replaceQueue, node("pump-1")),
      says: [/soil-lab@ttn \(production\)/, /thrown away/, /FPort 15, 2 bytes: BE EF/],
      yes: "Replace Queue",
      topics: ["pump-1/down/replace"],
    },
    {
      name: "several end devices of a production application",
      production: true,
      act: () => run(many.sendToMany, node("pump-1"), devices.map(node)),
      says: [/soil-lab@ttn \(production\) on 127\.0\.0\.1:\d+: pump-1, pump-2, pump-3\./],
      yes: "Send to 3 end devices",
      topics: ["pump-1/down/push", "pump-2/down/push", "pump-3/down/push"],
    },
  ];

  for (const { name, production = false, act, says, yes, topics: wanted } of acts) {
    it(`D21 asks before ${name}: Escape and the one way out send nothing, consent sends once`, async () => {
      await connect({ production });
      for (const answer of [() => undefined, (_: string, [first]: readonly string[]) => first]) {
        fakeVscode.answer = answer;
        typeBeef();
        await act();
        assert.equal(fakeVscode.messages.length, 1);
        const text = [...fakeVscode.messages, ...fakeVscode.details].join("\n");
        for (const pattern of says) assert.match(text, pattern);
        assert.deepEqual(topics(), []);
        resetFakeVscode();
      }
      fakeVscode.answer = (_, buttons) => buttons.find((each) => each === yes);
      typeBeef();
      await act();
      assert.deepEqual(topics(), wanted);
    });
  }

  it("says before sending that the key may not send: in the palette, to several, in a queue", async () => {
    await connect();
    const forbidden = { mayRead: true, mayWrite: false };
    model.setRights(application().key, forbidden, systemClock.now());
    for (const act of [
      () => run(send.sendDownlink, node("pump-1")),
      () => run(many.sendToMany, node("pump-1"), devices.map(node)),
      () => run(queue.clearQueue, node("pump-1")),
    ]) {
      typeBeef();
      await act();
      assert.match(fakeVscode.messages.join(), /although the API key may not send/);
      assert.match(
        fakeVscode.details.join(),
        /lacks the right .* soil-lab|soil-lab.* lacks the right/,
      );
      assert.deepEqual(topics(), []);
      resetFakeVscode();
    }
    fakeVscode.answer = (_, buttons) => buttons.find((each) => each === "Send Anyway");
    typeBeef();
    await run(send.sendDownlink, node("pump-1"));
    assert.deepEqual(topics(), ["pump-1/down/push"]);
  });

  it("D21 names what waits and would be lost", async () => {
    await connect();
    typeBeef();
    await run(send.sendDownlink, node("pump-1"));
    await eventually("it waits", () => application().endDevices.get("pump-1")?.pendingCount === 1);
    await run(queue.clearQueue, node("pump-1"));
    assert.match(
      fakeVscode.details[0] ?? "",
      /1 waiting downlink is known here:\nFPort 15, 2 bytes: BE EF/,
    );
    assert.equal(server.records.length, 1);
  });

  it("D22 sends to the one named although it vanished while the question was open", async () => {
    await connect({ production: true });
    fakeVscode.answer = () => {
      application().endDevices.delete("pump-1");
      return "Send";
    };
    typeBeef();
    await run(send.sendDownlink, node("pump-1"));
    assert.deepEqual(topics(), ["pump-1/down/push"]);
  });

  it("D22 refuses when the connection or the application went while the question was open", async () => {
    await connect({ production: true });
    let meanwhile: () => Promise<void> = () => connections.disconnect(application().key);
    const gone: Promise<void>[] = [];
    fakeVscode.answer = (text) => {
      if (!text.includes("production")) return undefined;
      gone.push(meanwhile());
      return "Send";
    };
    typeBeef();
    await run(send.sendDownlink, node("pump-1"));
    assert.match(fakeVscode.messages.at(-1) ?? "", /Not connected\. Nothing was sent/);
    meanwhile = () => {
      model.setApplications([]);
      return Promise.resolve();
    };
    typeBeef();
    await run(send.sendDownlink, node("pump-1"));
    assert.match(fakeVscode.messages.at(-1) ?? "", /no longer there/);
    await Promise.all(gone);
    assert.deepEqual(topics(), []);
  });

  it("D24 takes no target from arguments that are no rows of the tree, and no consent from anybody", async () => {
    await connect({ production: true });
    const forged = { type: "device", application: { key: "x" }, device: { deviceId: "pump-1" } };
    const arguments_: readonly (readonly [unknown, unknown])[] = [
      [forged, undefined],
      [forged, [forged, forged]],
      [null, 7],
      [{ ...node("pump-1"), consent: true }, [node("pump-1"), node("pump-2")]],
    ];
    for (const [argument, selected] of arguments_) {
      for (const command of [
        send.sendDownlink,
        queue.clearQueue,
        queue.replaceQueue,
        many.sendToMany,
      ]) {
        typeBeef();
        await run(command, argument, selected);
        fakeVscode.picked.length = 0;
        fakeVscode.typed.length = 0;
      }
    }
    // The row of the last line is a real one: each of the four commands asked, and none was answered.
    assert.equal(fakeVscode.messages.length, 4);
    assert.deepEqual(topics(), []);
  });

  it("sends to end devices chosen in the list, and says the count", async () => {
    await connect();
    fakeVscode.answer = (_, buttons) => buttons.find((each) => each.startsWith("Send to"));
    fakeVscode.picked.push([application().label], ["pump-1", "pump-3"]);
    typeBeef();
    await run(many.sendToMany);
    assert.deepEqual(topics(), ["pump-1/down/push", "pump-3/down/push"]);
    assert.equal(fakeVscode.messages.at(-1), "2 of 2 downlinks reached the server.");
  });

  it("D25 stops the rest when the progress is cancelled, and says the count", async () => {
    await connect();
    for (let index = 0; index < 9; index++) {
      const input = { applicationUid: uid, deviceId: "pump-1", downlinks: [] };
      await connections.send(application().key, { ...input, operation: "replace" });
    }
    fakeVscode.answer = (_, buttons) => buttons.find((each) => each.startsWith("Send to"));
    typeBeef();
    const running = run(many.sendToMany, node("pump-1"), devices.map(node));
    await eventually("the tenth of the minute", () => server.records.length === 10);
    fakeVscode.cancelProgress();
    await running;
    assert.match(
      fakeVscode.messages.at(-1) ?? "",
      /^1 of 3 downlinks reached the server\. (?:1: Cancelled .* 1 was not tried|2 were not tried)\.$/,
    );
    assert.equal(server.records.length, 10);
  });

  it("shows the wait of a single downlink, which can be cancelled", async () => {
    await connect();
    for (let index = 0; index < 10; index++) {
      const input = { applicationUid: uid, deviceId: "pump-1", downlinks: [] };
      await connections.send(application().key, { ...input, operation: "replace" });
    }
    let isOffered = false;
    typeBeef();
    const running = run(send.sendDownlink, node("pump-1")).then(() => (isOffered = true));
    await eventually("the way out", () => {
      fakeVscode.cancelProgress();
      return isOffered;
    });
    await running;
    assert.equal(server.records.length, 10);
    assert.deepEqual(fakeVscode.messages, []);
  });
});
