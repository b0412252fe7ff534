/** The rows of the tree as plain values: what exists, in which order, under which filter. No vscode. */
import type { CheckStep } from "../../model/checkSteps";
import type { Application } from "../../model/application";
import type { TrackedDownlink } from "../../model/downlinkVerdict";
import type { EndDevice } from "../../model/endDevice";
import type { EventEntry } from "../../model/eventStore";
import type { Model } from "../../model/model";

export interface ApplicationNode {
  readonly type: "application";
  readonly application: Application;
}
export interface DeviceNode {
  readonly type: "device";
  readonly application: Application;
  readonly device: EndDevice;
}
/** A known fact of an end device: `DevEUI`. */
export interface FactNode {
  readonly type: "fact";
  readonly parent: DeviceNode;
  readonly name: string;
  readonly value: string;
}
export interface EventNode {
  readonly type: "event";
  readonly parent: DeviceNode;
  readonly entry: EventEntry;
}
/** A downlink of ours to the end device. */
export interface DownlinkNode {
  readonly type: "downlink";
  readonly parent: DeviceNode;
  readonly tracked: TrackedDownlink;
}
/** A row that says what is going on or what to do next. */
export interface HintNode {
  readonly type: "hint";
  readonly parent: ApplicationNode;
  readonly text: string;
  readonly icon: string;
  readonly command: { readonly id: string; readonly title: string } | undefined;
}
/** The connection check of an application; its steps are below it. */
export interface CheckNode {
  readonly type: "check";
  readonly parent: ApplicationNode;
}
export interface CheckStepNode {
  readonly type: "checkStep";
  readonly parent: ApplicationNode;
  readonly step: CheckStep;
}
export type TreeNode =
  | ApplicationNode
  | DeviceNode
  | FactNode
  | EventNode
  | DownlinkNode
  | HintNode
  | CheckNode
  | CheckStepNode;

/** Ids are the JSON of a tuple, so no two rows can have the same (reliability A37). */
export function treeItemId(node: TreeNode): string {
  switch (node.type) {
    case "application":
      return JSON.stringify([node.application.key]);
    case "device":
      return JSON.stringify([node.application.key, node.device.deviceId]);
    case "fact":
      return JSON.stringify([node.parent.application.key, node.parent.device.deviceId, node.name]);
    case "event":
      return JSON.stringify([
        node.parent.application.key,
        node.parent.device.deviceId,
        node.entry.id,
      ]);
    case "downlink":
      return JSON.stringify([
        node.parent.application.key,
        node.parent.device.deviceId,
        "downlink",
        node.tracked.correlationId,
      ]);
    case "hint":
      return JSON.stringify([node.parent.application.key, "", "", node.text]);
    case "check":
      return JSON.stringify([node.parent.application.key, "", "check"]);
    case "checkStep":
      return JSON.stringify([node.parent.application.key, "", "check", node.step.id]);
  }
}

export type SortOrder = "name" | "lastHeard";

/** Devices shown of one application; VS Code's tree becomes slow beyond. */
export const maximumRows = 2_000;

/** Keeps one object per row, for VS Code finds a row to refresh by identity. */
export class TreeNodes {
  sortOrder: SortOrder = "name";
  /** Lower-case text that a device's row must contain. */
  filter = "";
  private applicationNodes = new WeakMap<Application, ApplicationNode>();
  private deviceNodes = new WeakMap<EndDevice, DeviceNode>();

  constructor(private readonly model: Model) {}

  applications(): ApplicationNode[] {
    return this.model.applications
      .filter((each) => this.filter === "" || this.matching(each).length > 0)
      .map((each) => this.ofApplication(each));
  }

  ofApplication(application: Application): ApplicationNode {
    let node = this.applicationNodes.get(application);
    if (!node) {
      node = { type: "application", application };
      this.applicationNodes.set(application, node);
    }
    return node;
  }

  ofDevice(application: Application, device: EndDevice): DeviceNode {
    let node = this.deviceNodes.get(device);
    if (!node) {
      node = { type: "device", application, device };
      this.deviceNodes.set(device, node);
    }
    return node;
  }

  /** The end devices of an application in the chosen order, at most {@link maximumRows}. */
  devices(application: Application): DeviceNode[] {
    return this.matching(application)
      .sort(orders[this.sortOrder])
      .slice(0, maximumRows)
      .map((device) => this.ofDevice(application, device));
  }

  /** How many end devices the filter and the cap leave out. */
  hiddenDevices(application: Application): { readonly filtered: number; readonly beyond: number } {
    const matching = this.matching(application).length;
    return {
      filtered: application.endDevices.size - matching,
      beyond: Math.max(0, matching - maximumRows),
    };
  }

  private matching(application: Application): EndDevice[] {
    const devices = [...application.endDevices.values()];
    if (this.filter === "") return devices;
    return devices.filter((device) => searchText(device).includes(this.filter));
  }
}

function searchText(device: EndDevice): string {
  const { deviceId, devEui = "", devAddr = "", lastUplink } = device;
  return `${deviceId} ${devEui} ${devAddr} ${lastUplink?.values ?? ""}`.toLowerCase();
}

const orders: Readonly<Record<SortOrder, (a: EndDevice, b: EndDevice) => number>> = {
  name: (a, b) => a.deviceId.localeCompare(b.deviceId, "en", { numeric: true }),
  lastHeard: (a, b) => b.lastEventAt - a.lastEventAt,
};
