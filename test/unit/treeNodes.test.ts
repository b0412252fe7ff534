import assert from "node:assert/strict";
import fc from "fast-check";
import { Application } from "../../src/model/application";
import { EndDevice } from "../../src/model/endDevice";
import { Model } from "../../src/model/model";
import { decode } from "../../src/stack/decode";
import {
  maximumRows,
  treeItemId,
  TreeNodes,
  type ApplicationNode,
  type DeviceNode,
  type TreeNode,
} from "../../src/views/tree/treeNodes";
import { bytesOf, soilLab, soilLabKey, upTopic } from "../support/fixtures";
import { cpuTime, isQuick } from "../support/cpuTime";

const t0 = 1_000_000;

function treeOf(...deviceIds: readonly string[]) {
  const model = new Model({ maximumMessages: 100, maximumBytes: 1_000_000 });
  model.setApplications([soilLab, { ...soilLab, application: "water-lab@ttn" }]);
  deviceIds.forEach((id, index) => receive(model, id, { uplink_message: {} }, t0 + index));
  const application = model.application(soilLabKey);
  assert.ok(application);
  return { model, application, nodes: new TreeNodes(model) };
}

function receive(model: Model, deviceId: string, body: object, now: number): void {
  const topic = upTopic(deviceId);
  model.apply(soilLabKey, topic, decode(topic, bytesOf(body)), bytesOf(body), now);
}

const idsOf = (nodes: readonly DeviceNode[]) => nodes.map(({ device }) => device.deviceId);

describe("TreeNodes", () => {
  it("sorts by name with numbers as people count, or by the latest first", () => {
    const { application, nodes } = treeOf("probe-10", "probe-9", "gate-1");
    assert.deepEqual(idsOf(nodes.devices(application)), ["gate-1", "probe-9", "probe-10"]);
    nodes.sortOrder = "lastHeard";
    assert.deepEqual(
      idsOf(nodes.devices(application)),
      ["gate-1", "probe-9", "probe-10"].reverse().sort((a, b) => order(b) - order(a)),
    );
    function order(id: string): number {
      return ["probe-10", "probe-9", "gate-1"].indexOf(id);
    }
  });

  it("gives the same object for the same row, so that a row can be refreshed", () => {
    const { application, nodes } = treeOf("probe-1");
    assert.equal(nodes.devices(application)[0], nodes.devices(application)[0]);
    assert.equal(nodes.applications()[0], nodes.ofApplication(application));
  });

  it("finds a device by id, EUI, address and values, and hides applications without a match", () => {
    const { model, application, nodes } = treeOf("probe-1", "probe-2");
    const ids = { dev_eui: "70B3D57ED0051234", dev_addr: "260B4A7C" };
    receive(
      model,
      "gate-1",
      { end_device_ids: ids, uplink_message: { decoded_payload: { door: "open" } } },
      t0,
    );
    for (const filter of ["gate", "70b3d5", "260b4a", "door=open"]) {
      nodes.filter = filter;
      assert.deepEqual(idsOf(nodes.devices(application)), ["gate-1"], filter);
      assert.deepEqual(nodes.hiddenDevices(application), { filtered: 2, beyond: 0 });
      assert.equal(nodes.applications().length, 1);
    }
    nodes.filter = "nothing such";
    assert.deepEqual(nodes.applications(), []);
    nodes.filter = "";
    assert.equal(nodes.applications().length, 2);
  });

  it("P35 takes little time when the filter looks like a bad pattern", () => {
    const { application, nodes } = treeOf(
      ...Array.from({ length: 500 }, (_, index) => `${"a".repeat(30)}-${index}`),
    );
    nodes.filter = "(a+)+$";
    const before = cpuTime();
    assert.deepEqual(nodes.devices(application), []);
    assert.ok(isQuick(before, 100));
  });

  it("shows 2,000 rows at most and tells how many there are beyond", () => {
    const { application, nodes } = treeOf(
      ...Array.from({ length: maximumRows + 3 }, (_, index) => `probe-${index}`),
    );
    assert.equal(nodes.devices(application).length, maximumRows);
    assert.deepEqual(nodes.hiddenDevices(application), { filtered: 0, beyond: 3 });
  });
});

describe("treeItemId", () => {
  it("T10 differs for any two rows, whatever their names hold", () => {
    const text = fc.constantFrom("a", "a/b", "b/c", '"', '","', "check", "");
    const node: fc.Arbitrary<TreeNode> = fc
      .tuple(
        fc.constantFrom("application", "device", "fact", "event", "hint"),
        text,
        text,
        text,
        fc.nat(),
      )
      .map(([type, host, device, name, id]) => {
        const parent: ApplicationNode = {
          type: "application",
          application: new Application({ ...soilLab, host }),
        };
        const deviceNode: DeviceNode = {
          type: "device",
          application: parent.application,
          device: new EndDevice(device, 0),
        };
        if (type === "application") return parent;
        if (type === "device") return deviceNode;
        if (type === "fact") return { type: "fact", parent: deviceNode, name, value: "" };
        if (type === "hint")
          return { type: "hint", parent, text: name, icon: "", command: undefined };
        const content = { kind: "connection", text: "" } as const;
        return {
          type: "event",
          parent: deviceNode,
          entry: { id, at: 0, applicationKey: "", topic: "", content, note: undefined },
        };
      });
    fc.assert(
      fc.property(node, node, (a, b) => {
        assert.equal(treeItemId(a) === treeItemId(b), meaningOf(a) === meaningOf(b));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** What makes a row what it is, said in another way than the id does. */
function meaningOf(node: TreeNode): string {
  const parts = partsOf(node).map((part) => `${part.length}:${part}`);
  return `${node.type} ${parts.join(" ")}`;
}

function partsOf(node: TreeNode): string[] {
  switch (node.type) {
    case "application":
      return [node.application.key];
    case "device":
      return [node.application.key, node.device.deviceId];
    case "fact":
      return [node.parent.application.key, node.parent.device.deviceId, node.name];
    case "event":
      return [node.parent.application.key, node.parent.device.deviceId, String(node.entry.id)];
    case "hint":
      return [node.parent.application.key, node.text];
    default:
      return [node.parent.application.key];
  }
}
