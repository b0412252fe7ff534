/** Keys for the `when` clauses of package.json, written only when they change. */
import * as vscode from "vscode";
import type { Workbench } from "../formatters/workbench/workbench";
import type { Application } from "../model/application";
import type { Model } from "../model/model";
import { DisposableStore } from "../util/disposables";
import type { EventChannel } from "./log/eventChannel";
import { everyEvent } from "./log/eventSelection";
import type { TreeArrangement } from "./tree/treeArrangement";

type ContextKey =
  | "hasApplications"
  | "hasBindings"
  | "hasDemo"
  | "hasDevices"
  | "hasStored"
  | "hasStopped"
  | "hasRunning"
  | "isActive"
  | "isConnected"
  | "isFiltered"
  | "isLogFiltered"
  | "sortedByLastHeard"
  | "hasSentDownlink"
  | "hasOpenedMessage";

interface Sources {
  readonly model: Model;
  readonly eventChannel: EventChannel;
  readonly arrangement: TreeArrangement;
  readonly workbench: Pick<Workbench, "bindings" | "onDidChange">;
}

export class ContextKeys implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly written = new Map<ContextKey, boolean>();

  constructor({ model, eventChannel, arrangement, workbench }: Sources) {
    const update = () => {
      const some = (holds: (application: Application) => boolean) => model.applications.some(holds);
      this.set("hasApplications", model.applications.length > 0);
      this.set(
        "hasStored",
        some(({ isDemo }) => !isDemo),
      );
      this.set(
        "hasDemo",
        some(({ isDemo }) => isDemo),
      );
      this.set(
        "hasDevices",
        some(({ endDevices }) => endDevices.size > 0),
      );
      this.set(
        "hasStopped",
        some(({ connection }) => connection.phase !== "connected"),
      );
      this.set(
        "hasRunning",
        some(({ connection }) => connection.phase !== "stopped"),
      );
      this.set(
        "isConnected",
        some(({ connection }) => connection.phase === "connected"),
      );
    };
    const arrange = () => {
      this.set("isFiltered", arrangement.filter !== "");
      this.set("sortedByLastHeard", arrangement.sortOrder === "lastHeard");
    };
    const bind = () => this.set("hasBindings", workbench.bindings.length > 0);
    this.disposables.add(arrangement.onDidChange(arrange));
    this.disposables.add(workbench.onDidChange(bind));
    this.disposables.add(
      model.onDidChange(({ endDevice, isNewDevice }) => {
        if (endDevice === undefined || isNewDevice) update();
      }),
    );
    this.disposables.add(
      eventChannel.onDidChangeSelection((selection) =>
        this.set("isLogFiltered", selection !== everyEvent),
      ),
    );
    this.disposables.add(model.downlinks.onDidChange(() => this.set("hasSentDownlink", true)));
    // Until then nobody knows what there is: what can be asked for is offered.
    this.set("isActive", true);
    update();
    arrange();
    bind();
  }

  set(key: ContextKey, value: boolean): void {
    if (this.written.get(key) === value) return;
    this.written.set(key, value);
    void vscode.commands.executeCommand("setContext", `thethingsstack.${key}`, value);
  }

  dispose(): void {
    this.disposables.dispose();
  }
}
