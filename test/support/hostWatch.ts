/**
 * Counts, inside a real VS Code, what the extension asks of it. Install before the extension is activated: it wraps the
 * functions that make output channels, trees and timers, and everything still happens.
 */
import path from "node:path";
import * as vscode from "vscode";

export interface Append {
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly text: string;
}

export interface TreeRefresh {
  readonly at: number;
  /** Undefined: everything. */
  readonly rows: unknown;
}

export class HostWatch {
  readonly appends: Append[] = [];
  readonly refreshes: TreeRefresh[] = [];
  /** The tree view that was made last. */
  tree: vscode.TreeView<unknown> | undefined;
  /** The input box that was made last. */
  inputBox: vscode.InputBox | undefined;
  readonly timers: ScaledTimers;

  constructor(extensionPath: string, channel: string) {
    this.timers = new ScaledTimers(path.join(extensionPath, "dist"));
    const { window } = vscode;
    const { createInputBox, createTreeView } = window;
    const createOutputChannel = window.createOutputChannel.bind(window) as (
      ...all: unknown[]
    ) => vscode.OutputChannel;
    Object.assign(window, {
      createOutputChannel: (...all: unknown[]) => {
        const made = createOutputChannel(...all);
        return all[0] === channel ? this.watchChannel(made) : made;
      },
      createTreeView: (id: string, options: vscode.TreeViewOptions<unknown>) => {
        options.treeDataProvider.onDidChangeTreeData?.((rows) =>
          this.refreshes.push({ at: performance.now(), rows }),
        );
        this.tree = createTreeView.call(window, id, options);
        return this.tree;
      },
      createInputBox: () => (this.inputBox = createInputBox.call(window)),
    });
  }

  private watchChannel(channel: vscode.OutputChannel): vscode.OutputChannel {
    const append = channel.append.bind(channel);
    return Object.assign(Object.create(channel) as vscode.OutputChannel, {
      append: (text: string) => {
        this.appends.push({ at: performance.now(), text });
        append(text);
      },
    });
  }
}

interface Interval {
  readonly callback: () => void;
  readonly period: number;
  current: NodeJS.Timeout;
}

/** The timers of the code in a folder: counted, and made to run faster on demand. */
export class ScaledTimers {
  wakeups = 0;
  private factor = 1;
  private readonly real = { setTimeout, setInterval, clearInterval };
  /** By what the code got when it set the interval. */
  private readonly intervals = new Map<unknown, Interval>();

  constructor(private readonly folder: string) {
    const { real } = this;
    type Callback = (...all: unknown[]) => void;
    Object.assign(globalThis, {
      setTimeout: Object.assign((callback: Callback, wait = 0, ...rest: unknown[]) => {
        if (!this.isOfFolder()) return real.setTimeout(callback, wait, ...rest);
        return real.setTimeout(this.counted(callback, rest), wait / this.factor);
      }, real.setTimeout),
      setInterval: (callback: Callback, period = 0, ...rest: unknown[]) => {
        if (!this.isOfFolder()) return real.setInterval(callback, period, ...rest);
        const counted = this.counted(callback, rest);
        const current = real.setInterval(counted, period / this.factor);
        this.intervals.set(current, { callback: counted, period, current });
        return current;
      },
      clearInterval: (timer: NodeJS.Timeout) => {
        real.clearInterval(this.intervals.get(timer)?.current ?? timer);
        this.intervals.delete(timer);
      },
    });
  }

  /** From now on time passes so many times faster for timers, also for the intervals that are set. */
  run(factor: number): void {
    this.factor = factor;
    for (const interval of this.intervals.values()) {
      this.real.clearInterval(interval.current);
      interval.current = this.real.setInterval(interval.callback, interval.period / factor);
      interval.current.unref();
    }
  }

  private counted(callback: (...all: unknown[]) => void, rest: unknown[]): () => void {
    return () => {
      this.wakeups++;
      callback(...rest);
    };
  }

  /** Whether the function of ours that asks was called by code of the folder, not by what that code calls in turn. */
  private isOfFolder(): boolean {
    const [, , , caller = ""] = new Error().stack?.split("\n") ?? [];
    return caller.includes(this.folder);
  }
}
