/** The status bar item `TTS 2/3 · 14/min`: how many applications are connected and how much they talk. */
import * as vscode from "vscode";
import type { Model } from "../model/model";
import { isReadableOnTheWay } from "../stack/applicationSettings";
import { visible } from "../stack/visible";
import type { Clock } from "../util/clock";
import { Coalescer } from "../util/coalesce";
import { DisposableStore } from "../util/disposables";
import { connectionSummary } from "./connectionText";
import { allEvents, selectionText, type ShownEvents } from "./log/eventSelection";
import { counted } from "../util/counted";

const refreshInterval = 1_000;
const idleInterval = 10_000;

export class StatusBar implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly item: vscode.StatusBarItem;

  constructor(
    private readonly model: Model,
    private readonly clock: Clock,
    private readonly events: ShownEvents = allEvents,
  ) {
    this.item = this.disposables.add(
      vscode.window.createStatusBarItem("thethingsstack.status", vscode.StatusBarAlignment.Left),
    );
    this.item.name = "The Things Stack";
    this.item.command = "thethingsstack.applications.focus";
    const update = this.disposables.add(
      new Coalescer<"update">(clock, refreshInterval, () => this.update()),
    );
    this.disposables.add(model.onDidChange(() => update.add("update")));
    this.disposables.add(events.onDidChangeSelection(() => this.update()));
    this.disposables.add(clock.every(idleInterval, () => this.update()));
    this.update();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private update(): void {
    const now = this.clock.now();
    const { applications } = this.model;
    if (applications.length === 0) {
      this.item.hide();
      return;
    }
    const connected = applications.filter((each) => each.connection.phase === "connected");
    const hasFailed = applications.some((each) => each.connection.phase === "failed");
    const rate = connected.reduce((sum, each) => sum + each.messagesPerMinute(now), 0);
    const isReadable = connected.some((each) => isReadableOnTheWay(each.settings));
    const isProduction = connected.some((each) => each.settings.production === true);
    const marks = [...(isReadable ? ["PLAINTEXT"] : []), ...(isProduction ? ["PRODUCTION"] : [])];
    const leftOut = selectionText(this.events.selection);
    if (leftOut !== undefined) marks.push("events filtered");
    const text = [`TTS ${connected.length}/${applications.length}`, `${rate}/min`, ...marks];
    this.item.text = `$(${hasFailed ? "warning" : "radio-tower"}) ${text.join(" · ")}`;
    const summaries = applications.map((each) => visible(connectionSummary(each, now), 300));
    const shown = leftOut === undefined ? [] : [`Event channel: ${visible(leftOut, 200)}`];
    this.item.tooltip = [...summaries, ...shown].join("\n");
    this.item.accessibilityInformation = {
      label: `The Things Stack, ${connected.length} of ${counted(applications.length, "application")} connected, ${counted(rate, "message")} per minute`,
    };
    this.item.backgroundColor = hasFailed
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    this.item.show();
  }
}
