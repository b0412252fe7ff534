/** The rows of downlinks in the tree. */
import assert from "node:assert/strict";
import type { TreeItem } from "vscode";
import { Model } from "../../src/model/model";
import type { DownlinkState } from "../../src/model/downlinkVerdict";
import { decode } from "../../src/stack/decode";
import type { PreparedDownlink } from "../../src/stack/downlink";
import type * as Tree from "../../src/views/tree/applicationsTree";
import type { DeviceNode, TreeNode } from "../../src/views/tree/treeNodes";
import { bytesOf, soilLab, soilLabKey, upTopic } from "../support/fixtures";
import { installFakeVscode } from "../support/fakeVscode";
import { ManualClock } from "../support/manualClock";

const minute = 60_000;

describe("downlinks in the tree", () => {
  let ApplicationsTree: typeof Tree.ApplicationsTree;
  before(async () => {
    installFakeVscode();
    ({ ApplicationsTree } = await import("../../src/views/tree/applicationsTree"));
  });

  function start() {
    const clock = new ManualClock();
    const model = new Model({ maximumMessages: 100, maximumBytes: 1_000_000 });
    model.setApplications([soilLab]);
    model.setConnection(soilLabKey, { phase: "connected", since: clock.now() });
    const tree = new ApplicationsTree(model, clock);
    const receive = (suffix: string, body: object) => {
      const topic = upTopic("pump-1", suffix);
      model.apply(soilLabKey, topic, decode(topic, bytesOf(body)), bytesOf(body), clock.now());
    };
    const begin = (id: string, bytes = Uint8Array.of(0xbe, 0xef)) => {
      const downlink: PreparedDownlink = {
        ...{ fPort: 15, bytes, fields: undefined, priority: "NORMAL", confirmed: true },
        ...{ correlationId: id, userCorrelationIds: [] },
      };
      const target = { applicationKey: soilLabKey, deviceId: "pump-1", operation: "push" } as const;
      model.downlinks.begin(target, [downlink], clock.now());
    };
    const device = (): DeviceNode => {
      const [application] = tree.getChildren();
      const found = tree.getChildren(application).find((node) => node.type === "device");
      assert(found?.type === "device");
      return found;
    };
    const rows = () => tree.getChildren(device()).filter((node) => node.type === "downlink");
    receive("up", { uplink_message: { f_port: 1 } });
    return { clock, model, tree, receive, begin, device, rows };
  }

  /** What the fake was made with. */
  const labelOf = (item: TreeItem) => (item as unknown as { parts: readonly unknown[] }).parts[0];
  const tooltipOf = (item: TreeItem) => (typeof item.tooltip === "string" ? item.tooltip : "");

  it("lists the newest five above the facts, with state and age in words", () => {
    const { clock, tree, begin, rows, device, receive } = start();
    for (let count = 1; count <= 7; count++) begin(`own-000${count}`);
    receive("down/queued", { downlink_queued: { correlation_ids: ["own-0007"] } });
    clock.advance(58 * minute);
    assert.deepEqual(
      rows().map((node) => node.tracked.correlationId),
      ["own-0007", "own-0006", "own-0005", "own-0004", "own-0003"],
    );
    const [first] = tree.getChildren(device());
    assert.equal(first?.type, "downlink");
    const item = tree.getTreeItem(first);
    assert.equal(labelOf(item), "Downlink queued");
    assert.equal(item.description, "58 min · BE EF on FPort 15, id 0007");
    assert.match(tooltipOf(item), /in the server's queue\n\n.*composed\n.*queued$/s);
    assert.match(item.accessibilityInformation?.label ?? "", /in the server's queue, 58 min ago/);
    assert.match(String(tree.getTreeItem(device()).description), /1 downlink waiting 58 min/);
    tree.dispose();
  });

  it("opens the panel at its end device", () => {
    const { tree, begin, rows, device } = start();
    begin("own-0001");
    const [row] = rows();
    assert.ok(row);
    assert.equal(tree.getParent(row), device());
    const { command } = tree.getTreeItem(row);
    assert.equal(command?.command, "thethingsstack.downlink.compose");
    assert.deepEqual(command.arguments, [device()]);
    tree.dispose();
  });

  it("has an icon and a word for every state, and no two rows of the same id", () => {
    const { model, tree, begin, rows, clock } = start();
    const states: readonly (readonly [DownlinkState, RegExp])[] = [
      ["published", /reached the server/],
      ["notPublished", /not sent/],
      ["unknown", /unknown/],
    ];
    for (const [state, word] of states) {
      begin(`own-${state}`);
      model.downlinks.published(`own-${state}`, clock.now(), state as "published");
      const [row] = rows();
      assert.ok(row);
      const item = tree.getTreeItem(row);
      assert.match(String(labelOf(item)), word);
      assert.ok(item.iconPath);
    }
    const ids = rows().map((row: TreeNode) => tree.getTreeItem(row).id);
    assert.equal(new Set(ids).size, states.length);
    tree.dispose();
  });

  it("is told anew when the tracker learns something, without a message", () => {
    const { clock, model, tree, begin, device } = start();
    const told: unknown[] = [];
    tree.onDidChangeTreeData((nodes) => told.push(nodes));
    clock.advance(500);
    told.length = 0;
    begin("own-0001");
    clock.advance(500);
    model.downlinks.published("own-0001", clock.now());
    clock.advance(500);
    assert.deepEqual(told, [[device()], [device()]]);
    tree.dispose();
  });
});
