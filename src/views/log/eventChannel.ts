/** The output channel "The Things Stack": every event decoded, one line each, written in batches. */
import * as vscode from "vscode";
import type { Model } from "../../model/model";
import type { Clock } from "../../util/clock";
import { DisposableStore, MutableDisposable } from "../../util/disposables";
import { type Disposable, Emitter } from "../../util/emitter";
import { visible } from "../../stack/visible";
import type { Outcome } from "../../formatters/workbench/outcome";
import { noOutcomes, type LocalOutcomes } from "../../formatters/workbench/localOutcomes";
import { eventLine } from "./eventLine";
import { everyEvent, isShown, selectionText, type EventSelection } from "./eventSelection";
import { localLine } from "./localLine";
import { counted } from "../../util/counted";

export const eventLanguage = "thethingsstack-events";
/** At most ten appends a second (reliability R23). Milliseconds. */
const flushInterval = 100;
/** Characters that may wait for one append; what comes on top is counted, not kept. */
const maximumPending = 1024 * 1024;
const joinedLines = 32;
/** Remembered events written in one turn: a few milliseconds. */
const replaySlice = 250;

export class EventChannel implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly channel: vscode.OutputChannel;
  private readonly selectionEmitter = new Emitter<EventSelection>();
  readonly onDidChangeSelection = this.selectionEmitter.event;
  /** Lines that wait for the next append. */
  private pending: string[] = [];
  /** Those before them, joined: thousands of lines in pieces would cost the collector more than they cost to make. */
  private pendingText = "";
  private pendingLength = 0;
  private leftOut = 0;
  private timer: Disposable | undefined;
  private shown = everyEvent;
  private namesApplications = false;
  /** Id of the next remembered event to write, while the channel is being filled anew. */
  private replayAt: number | undefined;
  private readonly replayTimer = this.disposables.add(new MutableDisposable<Disposable>());

  constructor(
    private readonly model: Model,
    private readonly clock: Clock,
    private readonly local: LocalOutcomes = noOutcomes,
  ) {
    this.channel = this.disposables.add(
      vscode.window.createOutputChannel("The Things Stack", eventLanguage),
    );
    this.disposables.add(
      model.onDidChange(({ event, application }) => {
        if (!application) this.nameApplications();
        if (!event || !application || this.replayAt !== undefined) return;
        if (this.shown !== everyEvent && !isShown(this.shown, event)) return;
        this.append(eventLine(event, application, this.namesApplications));
      }),
    );
    this.disposables.add(
      local.onDidDecode(({ outcomes, isLive }) => {
        if (isLive) for (const outcome of outcomes) this.appendLocal(outcome);
      }),
    );
  }

  /** Brings the channel to the front without taking the keyboard. */
  show(): void {
    this.channel.show(true);
  }

  get selection(): EventSelection {
    return this.shown;
  }

  /** Shows only these events from now on, beginning with those that are remembered. Nothing is discarded. */
  select(selection: EventSelection): void {
    this.flush();
    const text = selectionText(selection);
    this.shown = text === undefined ? everyEvent : selection;
    this.selectionEmitter.fire(this.shown);
    this.channel.clear();
    if (text !== undefined) this.append(`--- ${visible(text)} ---`);
    this.replayAt = 0;
    this.replay();
  }

  /** Lines tell their application while there are several; those already written are written anew. */
  private nameApplications(): void {
    const { length } = this.model.applications;
    if (length === 0 || length > 1 === this.namesApplications) return;
    this.namesApplications = length > 1;
    if (this.model.events.size > 0) this.select(this.shown);
  }

  dispose(): void {
    this.timer?.dispose();
    this.disposables.dispose();
  }

  /** Remembered events are decoded anew, so they are written in slices; those that come meanwhile are among them. */
  private replay(): void {
    const { events } = this.model;
    let id = Math.max(this.replayAt ?? 0, events.evicted + 1);
    const end = Math.min(id + replaySlice, events.nextEventId);
    for (; id < end; id++) {
      const entry = events.get(id);
      const application = entry && this.model.application(entry.applicationKey);
      if (!application || !isShown(this.shown, entry)) continue;
      this.append(eventLine(entry, application, this.namesApplications));
      const outcome = this.local.outcome(id);
      const line = outcome && localLine(entry, application, outcome, this.namesApplications);
      if (line !== undefined) this.append(line);
    }
    this.flush();
    const isDone = id >= events.nextEventId;
    this.replayAt = isDone ? undefined : id;
    this.replayTimer.value = isDone ? undefined : this.clock.after(0, () => this.replay());
  }

  /** A frame was decoded here a moment after its own line; nothing is added where the server says the same. */
  private appendLocal(outcome: Outcome): void {
    const { eventId } = outcome.frame;
    if (outcome.agrees === true || eventId >= (this.replayAt ?? Infinity)) return;
    const entry = this.model.events.get(eventId);
    const application = entry && this.model.application(entry.applicationKey);
    if (!application || !isShown(this.shown, entry)) return;
    const line = localLine(entry, application, outcome, this.namesApplications);
    if (line !== undefined) this.append(line);
  }

  private append(line: string): void {
    if (this.pendingLength + line.length > maximumPending) {
      this.leftOut++;
      return;
    }
    this.pending.push(line);
    this.pendingLength += line.length;
    if (this.pending.length === joinedLines) this.joinPending();
    this.timer ??= this.clock.after(flushInterval, () => this.flush());
  }

  private flush(): void {
    this.timer?.dispose();
    this.timer = undefined;
    if (this.leftOut > 0)
      this.pending.push(`… ${counted(this.leftOut, "line")} left out: too many at once`);
    this.joinPending();
    if (this.pendingText !== "") this.channel.append(this.pendingText);
    this.pendingText = "";
    this.pendingLength = 0;
    this.leftOut = 0;
  }

  private joinPending(): void {
    if (this.pending.length === 0) return;
    this.pendingText += `${this.pending.join("\n")}\n`;
    this.pending = [];
  }
}
