/** The tree view: applications, the end devices seen in their traffic, facts and latest events of each. */
import * as vscode from "vscode";
import type { TrackedDownlink } from "../../model/downlinkVerdict";
import type { Model, ModelChange } from "../../model/model";
import type { Clock } from "../../util/clock";
import { Coalescer } from "../../util/coalesce";
import { DisposableStore } from "../../util/disposables";
import { allEvents, type ShownEvents } from "../log/eventSelection";
import {
  noOutcomes,
  type Decoded,
  type LocalOutcomes,
} from "../../formatters/workbench/localOutcomes";
import { deviceFacts } from "./deviceFacts";
import { visible } from "../../stack/visible";
import { treeHints } from "./treeHints";
import { treeItem } from "./treeItems";
import { TreeArrangement } from "./treeArrangement";
import { treeItemId, TreeNodes, type DeviceNode, type TreeNode } from "./treeNodes";
import { counted } from "../../util/counted";

/** Two refreshes a second at most (reliability R23). Milliseconds. */
const refreshInterval = 500;
/** Ages in the rows move on at this pace, in small trees. Milliseconds. */
const ageInterval = 5_000;
const maximumAgedDevices = 300;
/** The latest of an end device; the downlink panel has them all. */
const maximumDownlinks = 5;

export class ApplicationsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly treeChangeEmitter = new vscode.EventEmitter<TreeNode | TreeNode[] | undefined>();
  readonly onDidChangeTreeData = this.treeChangeEmitter.event;
  private readonly disposables = new DisposableStore();
  private readonly refresh: Coalescer<TreeNode | "everything">;
  private readonly view: vscode.TreeView<TreeNode>;
  private readonly nodes: TreeNodes;
  /** Something changed while nobody looked. */
  private isStale = false;

  constructor(
    private readonly model: Model,
    private readonly clock: Clock,
    private readonly local: LocalOutcomes = noOutcomes,
    private readonly arrangement = new TreeArrangement(),
    private readonly events: ShownEvents = allEvents,
  ) {
    this.nodes = new TreeNodes(model);
    this.refresh = this.disposables.add(
      new Coalescer(clock, refreshInterval, (nodes) => this.fire(nodes)),
    );
    this.view = this.disposables.add(
      vscode.window.createTreeView("thethingsstack.applications", {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
      }),
    );
    this.disposables.add(this.treeChangeEmitter);
    this.disposables.add(arrangement.onDidChange(() => this.arrange()));
    this.disposables.add(this.view.onDidExpandElement(({ element }) => this.turn(element, true)));
    this.disposables.add(
      this.view.onDidCollapseElement(({ element }) => this.turn(element, false)),
    );
    this.disposables.add(model.onDidChange((change) => this.follow(change)));
    this.disposables.add(local.onDidDecode((decoded) => this.followDecoded(decoded)));
    this.disposables.add(events.onDidChangeSelection(() => this.refresh.add("everything")));
    this.disposables.add(model.downlinks.onDidChange((tracked) => this.followDownlink(tracked)));
    this.disposables.add(this.view.onDidChangeVisibility(() => this.catchUp()));
    this.disposables.add(clock.every(ageInterval, () => this.age()));
    this.arrange();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = treeItem(node, this.clock.now(), this.local, this.events.selection);
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    if (item.collapsibleState !== None)
      item.collapsibleState = this.isOpen(node) ? Expanded : Collapsed;
    return item;
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) return this.nodes.applications();
    switch (node.type) {
      case "application": {
        const { application } = node;
        const hints = treeHints(application).map((hint) => ({
          type: "hint" as const,
          parent: node,
          ...hint,
        }));
        const more = this.nodes.hiddenDevices(application).beyond + application.forgottenDevices;
        return [
          ...(application.check ? [{ type: "check" as const, parent: node }] : []),
          ...hints,
          ...this.nodes.devices(application),
          ...(more > 0 ? [moreNode(node, more)] : []),
        ];
      }
      case "device":
        // Asked for while it is open only; who is opened while the tree is refreshed is not always told.
        this.turn(node, true);
        return this.deviceChildren(node);
      case "check":
        return (node.parent.application.check ?? []).map((step) => ({
          type: "checkStep" as const,
          parent: node.parent,
          step,
        }));
      default:
        return [];
    }
  }

  getParent(node: TreeNode): TreeNode | undefined {
    switch (node.type) {
      case "application":
        return undefined;
      case "device":
        return this.nodes.ofApplication(node.application);
      default:
        return node.parent;
    }
  }

  /** The row that is selected, for commands from the palette. */
  get selection(): TreeNode | undefined {
    return this.view.selection[0];
  }

  get selections(): readonly TreeNode[] {
    return this.view.selection;
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private arrange(): void {
    const { filter, sortOrder } = this.arrangement;
    this.nodes.filter = filter.toLowerCase();
    this.nodes.sortOrder = sortOrder;
    this.view.message = filter === "" ? "" : `Filter: ${visible(filter)}`;
    this.refresh.add("everything");
  }

  private turn(node: TreeNode, isOpen: boolean): void {
    this.arrangement.turn(treeItemId(node), isOpen, beginsOpen(node));
  }

  private isOpen(node: TreeNode): boolean {
    return this.arrangement.isOpen(treeItemId(node), beginsOpen(node));
  }

  private deviceChildren(node: DeviceNode): TreeNode[] {
    const downlinks = this.model.downlinks
      .of(node.application.key, node.device.deviceId)
      .slice(0, maximumDownlinks)
      .map((tracked) => ({ type: "downlink" as const, parent: node, tracked }));
    const facts = deviceFacts(node.device, this.clock.now()).map(([name, value]) => ({
      type: "fact" as const,
      parent: node,
      name,
      value,
    }));
    const events = node.device.recentEvents.flatMap((id) => {
      const entry = this.model.events.get(id);
      return entry ? [{ type: "event" as const, parent: node, entry }] : [];
    });
    return [...downlinks, ...facts, ...events];
  }

  private follow({ application, endDevice, isNewDevice }: ModelChange): void {
    if (!this.view.visible) {
      this.isStale = true;
      return;
    }
    if (application === undefined || this.nodes.filter !== "") this.refresh.add("everything");
    else if (endDevice === undefined || isNewDevice || this.nodes.sortOrder === "lastHeard") {
      this.refresh.add(this.nodes.ofApplication(application));
    } else this.refresh.add(this.nodes.ofDevice(application, endDevice));
  }

  private followDecoded({ outcomes, isLive }: Decoded): void {
    if (!this.view.visible) this.isStale = true;
    else if (!isLive) this.refresh.add("everything");
    else {
      for (const { frame } of outcomes) {
        const application = this.model.application(frame.applicationKey);
        const device = application?.endDevices.get(frame.deviceId);
        if (application && device) this.refresh.add(this.nodes.ofDevice(application, device));
      }
    }
  }

  private followDownlink({ applicationKey, deviceId }: TrackedDownlink): void {
    const application = this.model.application(applicationKey);
    const endDevice = application?.endDevices.get(deviceId);
    if (application && endDevice) {
      this.follow({ application, endDevice, isNewDevice: false, event: undefined });
    }
  }

  private fire(nodes: ReadonlySet<TreeNode | "everything">): void {
    if (!this.view.visible) {
      this.isStale = true;
      return;
    }
    if (nodes.has("everything")) {
      this.treeChangeEmitter.fire(undefined);
      return;
    }
    // A row whose parent is refreshed as well need not be named.
    const changed = [...nodes].filter(
      (node): node is TreeNode =>
        node !== "everything" &&
        (node.type !== "device" || !nodes.has(this.nodes.ofApplication(node.application))),
    );
    this.treeChangeEmitter.fire(changed);
  }

  private catchUp(): void {
    if (!this.view.visible || !this.isStale) return;
    this.isStale = false;
    this.refresh.add("everything");
  }

  private age(): void {
    const devices = this.model.applications.reduce((sum, each) => sum + each.endDevices.size, 0);
    if (!this.view.visible || devices === 0 || devices > maximumAgedDevices) return;
    this.refresh.add("everything");
  }
}

/** End devices begin closed, everything else that has rows begins open. */
function beginsOpen({ type }: TreeNode): boolean {
  return type !== "device";
}

function moreNode(parent: Extract<TreeNode, { type: "application" }>, count: number): TreeNode {
  return {
    type: "hint",
    parent,
    text: `${counted(count, "more end device")} not listed: use the filter`,
    icon: "ellipsis",
    command: { id: "thethingsstack.applications.filter", title: "Filter" },
  };
}
