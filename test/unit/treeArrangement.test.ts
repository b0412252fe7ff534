/** How a person arranged the tree comes back with the next window: order, filter, rows opened and closed. */
import assert from "node:assert/strict";
import { Model } from "../../src/model/model";
import { decode } from "../../src/stack/decode";
import type * as Tree from "../../src/views/tree/applicationsTree";
import type * as Arrangement from "../../src/views/tree/treeArrangement";
import { bytesOf, soilLab, soilLabKey, upTopic } from "../support/fixtures";
import { FakeMemory, fakeVscode, installFakeVscode } from "../support/fakeVscode";
import { ManualClock } from "../support/manualClock";

/** As VS Code numbers them. */
const closed = 1;
const open = 2;

describe("The tree as it was arranged", () => {
  let ApplicationsTree: typeof Tree.ApplicationsTree;
  let TreeArrangement: typeof Arrangement.TreeArrangement;
  let memory: FakeMemory;

  before(async () => {
    installFakeVscode();
    ({ ApplicationsTree } = await import("../../src/views/tree/applicationsTree"));
    ({ TreeArrangement } = await import("../../src/views/tree/treeArrangement"));
  });

  beforeEach(() => {
    memory = new FakeMemory();
  });

  /** A window with two end devices: pump-2 was heard last. */
  function start() {
    const clock = new ManualClock();
    const model = new Model({ maximumMessages: 100, maximumBytes: 1_000_000 });
    model.setApplications([soilLab]);
    for (const deviceId of ["pump-1", "pump-2"]) {
      const topic = upTopic(deviceId, "up");
      const body = bytesOf({ uplink_message: { f_port: 1, frm_payload: "AQ==" } });
      clock.advance(1_000);
      model.apply(soilLabKey, topic, decode(topic, body), body, clock.now());
    }
    const arrangement = new TreeArrangement(memory);
    const tree = new ApplicationsTree(model, clock, undefined, arrangement);
    const [application] = tree.getChildren();
    assert(application);
    const devices = () => tree.getChildren(application).filter(({ type }) => type === "device");
    const states = () =>
      [application, ...devices()].map((node) => {
        const { collapsibleState } = tree.getTreeItem(node);
        return collapsibleState;
      });
    const names = () =>
      devices().map((node) => (node.type === "device" ? node.device.deviceId : ""));
    return { arrangement, tree, application, devices, states, names };
  }

  it("keeps order and filter over a reload", () => {
    const first = start();
    assert.deepEqual(first.names(), ["pump-1", "pump-2"]);
    first.arrangement.sortOrder = "lastHeard";
    assert.deepEqual(first.names(), ["pump-2", "pump-1"]);
    first.arrangement.filter = " Pump-1 ";
    assert.deepEqual(first.names(), ["pump-1"]);
    first.tree.dispose();
    const second = start();
    assert.equal(second.arrangement.filter, "Pump-1");
    assert.deepEqual(second.names(), ["pump-1"]);
    second.arrangement.filter = "";
    assert.deepEqual(second.names(), ["pump-2", "pump-1"]);
  });

  it("keeps the rows that were opened and closed", () => {
    const first = start();
    assert.deepEqual(first.states(), [open, closed, closed]);
    fakeVscode.rowOpened.fire({ element: first.devices()[1] });
    fakeVscode.rowClosed.fire({ element: first.application });
    first.tree.dispose();
    const second = start();
    assert.deepEqual(second.states(), [closed, closed, open]);
    fakeVscode.rowClosed.fire({ element: second.devices()[1] });
    fakeVscode.rowOpened.fire({ element: second.application });
    second.tree.dispose();
    assert.deepEqual(start().states(), [open, closed, closed]);
  });

  it("notices an opened row by the rows that are asked for, as VS Code does not always tell", () => {
    const first = start();
    const [, pump] = first.devices();
    first.tree.getChildren(pump);
    first.tree.dispose();
    assert.deepEqual(start().states(), [open, closed, open]);
  });

  it("remembers no more than 500 rows, the latest ones", () => {
    const arrangement = new TreeArrangement(memory);
    for (let index = 0; index < 600; index++) arrangement.turn(`row ${index}`, true, false);
    const later = new TreeArrangement(memory);
    assert.equal(later.isOpen("row 99", false), false);
    assert.equal(later.isOpen("row 100", false), true);
    assert.equal(later.isOpen("row 599", false), true);
  });

  it("begins anew where what is remembered is not its own", async () => {
    for (const value of [7, null, {}, [7, null, "row"], "x".repeat(10_000)]) {
      for (const name of ["tree.sortOrder", "tree.filter", "tree.turned"])
        await memory.update(name, value);
      const arrangement = new TreeArrangement(memory);
      assert.equal(arrangement.sortOrder, "name");
      assert.ok(arrangement.filter.length <= 200);
      assert.equal(arrangement.isOpen("other", false), false);
    }
  });
});
