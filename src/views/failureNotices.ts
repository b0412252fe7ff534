/** One notification for each new reason why a connection stopped, with one action; none while it retries by itself. */
import * as vscode from "vscode";
import type { Application } from "../model/application";
import type { Model } from "../model/model";
import { DisposableStore } from "../util/disposables";
import { notify } from "./notices";

const actions = {
  setApiKey: { title: "Set API Key", command: "thethingsstack.application.setApiKey" },
  edit: { title: "Edit Application", command: "thethingsstack.application.edit" },
  check: { title: "Check Connection", command: "thethingsstack.application.check" },
} as const;

export class FailureNotices implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  /** The last reason told of each application. */
  private readonly told = new Map<string, string>();

  constructor(model: Model) {
    this.disposables.add(
      model.onDidChange(({ application, event, endDevice }) => {
        if (application && !event && !endDevice) this.follow(application);
      }),
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private follow(application: Application): void {
    const { connection, key } = application;
    if (connection.phase === "connected" || connection.phase === "stopped") this.told.delete(key);
    if (connection.phase !== "failed" || this.told.get(key) === connection.failure.code) return;
    this.told.set(key, connection.failure.code);
    void this.tell(application);
  }

  private async tell(application: Application): Promise<void> {
    const { connection, key, uid } = application;
    if (connection.phase !== "failed") return;
    const { reason, advice, fix } = connection.failure;
    const action = fix === undefined ? undefined : actions[fix];
    const text = `${uid}: ${reason}. ${advice}`;
    const chosen = await notify("error", text, ...(action ? [action.title] : []));
    if (action && chosen === action.title)
      await vscode.commands.executeCommand(action.command, key);
  }
}
