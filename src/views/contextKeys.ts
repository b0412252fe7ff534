/** Keys for the `when` clauses of package.json, written only when they change. */
import * as vscode from "vscode";
import type { Model } from "../model/model";
import { DisposableStore } from "../util/disposables";
import type { EventChannel } from "./log/eventChannel";
import { everyEvent } from "./log/eventSelection";

type ContextKey =
  | "hasApplications"
  | "hasDemo"
  | "hasStoredApplications"
  | "canConnect"
  | "canDisconnect"
  | "hasDevices"
  | "isConnected"
  | "isFiltered"
  | "isLogFiltered"
  | "sortedByLastHeard"
  | "hasSentDownlink"
  | "hasOpenedMessage";

export class ContextKeys implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly written = new Map<ContextKey, boolean>();

  constructor(model: Model, eventChannel: EventChannel) {
    const update = () => {
      const { applications } = model;
      this.set("hasApplications", applications.length > 0);
      this.set(
        "hasStoredApplications",
        applications.some((each) => !each.isDemo),
      );
      this.set(
        "canConnect",
        applications.some((each) => each.connection.phase !== "connected"),
      );
      this.set(
        "canDisconnect",
        applications.some((each) => each.connection.phase !== "stopped"),
      );
      this.set(
        "hasDemo",
        applications.some((each) => each.isDemo),
      );
      this.set(
        "hasDevices",
        applications.some((each) => each.endDevices.size > 0),
      );
      this.set(
        "isConnected",
        applications.some((each) => each.connection.phase === "connected"),
      );
    };
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
    update();
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
