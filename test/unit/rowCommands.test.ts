/** Commands on rows of the tree: each acts on its row, on the latest uplink of its end device, and lists only that one's frames. */
import assert from "node:assert/strict";
import type * as CopyIds from "../../src/commands/events/copyIds";
import type * as Messages from "../../src/commands/events/messages";
import type * as FrameTargets from "../../src/commands/formatters/frameTarget";
import type { CommandServices } from "../../src/commands/services";
import type * as Targets from "../../src/commands/targets";
import { Model } from "../../src/model/model";
import { decode } from "../../src/stack/decode";
import type { DeviceNode, TreeNode } from "../../src/views/tree/treeNodes";
import { fakeVscode, installFakeVscode, resetFakeVscode } from "../support/fakeVscode";
import { bytesOf, soilLab, soilLabKey, soilLabUid, uplinkBody, upTopic } from "../support/fixtures";

const binding = {
  ...{ file: "a.js", source: "file:///a.js", application: soilLabUid, devices: "*" },
  ...{ fPorts: undefined, profile: "2025" },
};

describe("Commands on a row", () => {
  let targets: typeof Targets;
  let copy: typeof CopyIds;
  let messages: typeof Messages;
  let frames: typeof FrameTargets;
  let model: Model;
  let opened: number[];
  let selection: TreeNode | undefined;

  before(async () => {
    installFakeVscode();
    targets = await import("../../src/commands/targets");
    copy = await import("../../src/commands/events/copyIds");
    messages = await import("../../src/commands/events/messages");
    frames = await import("../../src/commands/formatters/frameTarget");
  });

  beforeEach(() => {
    resetFakeVscode();
    model = new Model({ maximumMessages: 50, maximumBytes: 1 << 20 });
    model.setApplications([soilLab]);
    opened = [];
    selection = undefined;
  });

  let fCnt = 0;
  function speak(deviceId: string, suffix: string, fields: object): number {
    const topic = upTopic(deviceId, suffix);
    const ids = {
      ...{ device_id: deviceId, application_ids: { application_id: "soil-lab" } },
      ...{ dev_eui: "70B3D57ED0000001", dev_addr: "260B4A7C" },
    };
    const uplink = uplinkBody({ f_port: 2, f_cnt: ++fCnt, ...fields }, { end_device_ids: ids });
    const body =
      suffix === "up"
        ? uplink
        : { end_device_ids: ids, downlink_queued: { f_port: 9, frm_payload: "AQ==" } };
    const bytes = bytesOf(body);
    model.apply(soilLabKey, topic, decode(topic, bytes), bytes, fCnt);
    return model.events.nextEventId - 1;
  }

  const hex = (text: string) => Buffer.from(text, "hex").toString("base64");
  const uplink = (deviceId: string, payload: string, fPort = 2) =>
    speak(deviceId, "up", { frm_payload: hex(payload), f_port: fPort });

  function row(deviceId: string): DeviceNode {
    const application = model.application(soilLabKey);
    const device = application?.endDevices.get(deviceId);
    assert.ok(application && device);
    return { type: "device", application, device };
  }

  function services(): CommandServices {
    const parts: unknown = {
      model,
      tree: { selection, selections: selection ? [selection] : [] },
      contextKeys: { set: () => undefined },
      documents: {
        open: (id: number) => Promise.resolve(opened.push(id)),
        choices: (entries: readonly { readonly id: number }[]) =>
          entries.map((entry) => ({ label: `e${entry.id}`, description: "", entry })),
      },
      workbench: { bindings: [binding], outcomesOf: () => [] },
      formatterSettings: { isAllowed: true },
    };
    return parts as CommandServices;
  }

  it("take the latest uplink, whatever came after it", () => {
    const first = uplink("pump-1", "01");
    const latest = uplink("pump-1", "02");
    for (let at = 0; at < 15; at++) speak("pump-1", "down/queued", {});
    uplink("soil-1", "03");
    const fact = { type: "fact", parent: row("pump-1"), name: "DevEUI", value: "" } as const;
    for (const node of [row("pump-1"), fact]) {
      assert.equal(targets.eventFrom(services(), node)?.id, latest);
    }
    const entry = model.events.get(first);
    assert.ok(entry);
    const event = { type: "event", parent: row("pump-1"), entry } as const;
    assert.equal(targets.eventFrom(services(), event)?.id, first);
  });

  it("open and copy it", async () => {
    const latest = uplink("pump-1", "02AB");
    speak("pump-1", "down/queued", {});
    await messages.openMessage(services())(row("pump-1"));
    assert.deepEqual(opened, [latest]);
    await messages.copyPayload(services())(row("pump-1"));
    assert.equal(fakeVscode.clipboard, "02AB");
    // Its message may be gone by then; the payload is still known.
    for (let at = 0; at < 60; at++) uplink("soil-1", "03");
    await messages.copyPayload(services())(row("pump-1"));
    assert.equal(fakeVscode.clipboard, "02AB");
  });

  it("list only the messages of their end device, the newest first", async () => {
    const queued = [0, 1, 2].map(() => speak("pump-1", "down/queued", {}));
    uplink("soil-1", "03");
    await messages.openMessage(services())(row("pump-1"));
    assert.deepEqual(
      fakeVscode.listed.labels,
      queued.toReversed().map((id) => `e${id}`),
    );
    await messages.openMessage(services())(undefined);
    assert.equal(fakeVscode.listed.labels.length, 4);
  });

  it("give formatters the latest uplink, or a choice among those of their end device", async () => {
    uplink("pump-1", "01");
    uplink("pump-1", "02");
    uplink("soil-1", "03");
    const chosen = await frames.askFrame(services(), row("pump-1"), "Byte Map");
    assert.deepEqual([...(chosen?.frame.bytes ?? [])], [2]);
    // FPort 0 is never decoded, so the latest uplink cannot be meant.
    uplink("pump-1", "04", 0);
    fakeVscode.picked.push([]);
    assert.equal(await frames.askFrame(services(), row("pump-1"), "Byte Map"), undefined);
    assert.equal(fakeVscode.listed.title, "Byte Map of pump-1");
    assert.equal(fakeVscode.listed.labels.length, 2);
    assert.ok(fakeVscode.listed.labels.every((label) => label.startsWith("pump-1")));
    // The same for a downlink's row, and for the selected row.
    selection = row("pump-1");
    const id = speak("pump-1", "down/queued", {});
    for (const argument of [id, undefined]) {
      fakeVscode.picked.push([]);
      await frames.askFrame(services(), argument, "Add a Test");
      assert.equal(fakeVscode.listed.title, "Add a Test of pump-1");
    }
  });

  it("act on the row that was clicked outside of the selection", () => {
    for (const id of ["pump-1", "pump-2", "pump-3"]) uplink(id, "01");
    const selected = [row("pump-1"), row("pump-2")];
    const ids = (argument: unknown, rows: unknown) =>
      targets.devicesFrom(services(), argument, rows).map(({ deviceId }) => deviceId);
    assert.deepEqual(ids(row("pump-3"), selected), ["pump-3"]);
    assert.deepEqual(ids(row("pump-1"), selected), ["pump-1", "pump-2"]);
    assert.deepEqual(ids(undefined, selected), ["pump-1", "pump-2"]);
  });

  it("copy what identifies the end device", async () => {
    uplink("pump-1", "01");
    for (const [command, value] of [
      [copy.copyDeviceId, "pump-1"],
      [copy.copyDevEui, "70B3D57ED0000001"],
      [copy.copyDevAddr, "260B4A7C"],
    ] as const) {
      await command(services())(row("pump-1"));
      assert.equal(fakeVscode.clipboard, value);
    }
    fakeVscode.clipboard = "before";
    await copy.copyJoinEui(services())(row("pump-1"));
    assert.equal(fakeVscode.clipboard, "before");
  });
});
