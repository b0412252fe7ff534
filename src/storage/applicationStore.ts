/** The stored applications: the user setting `thethingsstack.applications`, never a workspace's. */
import * as vscode from "vscode";
import {
  applicationKey,
  maximumApplications,
  parseApplicationSettings,
  type ApplicationSettings,
} from "../stack/applicationSettings";
import type { Clock } from "../util/clock";
import { Emitter } from "../util/emitter";
import {
  applyChange,
  catchUp,
  listDigest,
  maximumPast,
  parsePast,
  type ListChange,
} from "./listChanges";
import type { Shared } from "./sharedFile";

const section = "thethingsstack";
const name = "applications";
/** Lists that a window remembers to have seen. */
const maximumSeen = 200;
/** A window reads its settings so long before its extensions run, at most. Milliseconds. */
const startUp = 15_000;

export class ApplicationStore implements vscode.Disposable {
  private readonly changeEmitter = new Emitter<void>();
  /** Fires when the setting changed, here or in another window. */
  readonly onDidChange = this.changeEmitter.event;
  private readonly subscription: vscode.Disposable;

  /** When this window began, wall clock: the extension may be activated much later, on settings of that time. */
  private readonly startedAt: number;
  /** Digests of the lists that this window has seen, the newest last. */
  private readonly seen = new Set<string>();

  /** @param onProblem told of each entry that cannot be used; such entries stay in the setting */
  constructor(
    private readonly onProblem: (text: string) => void,
    private readonly changes: Shared,
    private readonly clock: Pick<Clock, "now">,
  ) {
    this.startedAt = clock.now() - process.uptime() * 1_000;
    this.see(this.rawEntries());
    this.subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(`${section}.${name}`)) return;
      this.see(this.rawEntries());
      this.changeEmitter.fire();
    });
  }

  /** The usable entries, each application of a server once. */
  read(): readonly ApplicationSettings[] {
    const byKey = new Map<string, ApplicationSettings>();
    this.rawEntries().forEach((entry, index) => {
      const parsed = parseApplicationSettings(entry);
      const where = `setting ${section}.${name}, entry ${index + 1}`;
      if ("problem" in parsed) this.onProblem(`${where}: ${parsed.problem}`);
      else if (byKey.has(applicationKey(parsed.settings)))
        this.onProblem(`${where}: is there twice`);
      else if (byKey.size >= maximumApplications) this.onProblem(`${where}: too many applications`);
      else byKey.set(applicationKey(parsed.settings), parsed.settings);
    });
    return [...byKey.values()];
  }

  find(key: string): ApplicationSettings | undefined {
    return this.read().find((settings) => applicationKey(settings) === key);
  }

  async add(settings: ApplicationSettings): Promise<void> {
    await this.change({ type: "put", key: applicationKey(settings), settings });
  }

  async replace(key: string, settings: ApplicationSettings): Promise<void> {
    await this.change({ type: "put", key, settings });
  }

  async remove(key: string): Promise<void> {
    await this.change({ type: "remove", key });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changeEmitter.dispose();
  }

  /** As the user wrote them, unusable ones included, so that writing loses nothing. */
  private rawEntries(): readonly unknown[] {
    const value = vscode.workspace.getConfiguration(section).inspect<unknown>(name)?.globalValue;
    return Array.isArray(value) ? value : [];
  }

  /** One window at a time, on the list as the last one left it. */
  private async change(change: ListChange): Promise<void> {
    await this.changes.exclusively(async (value, write) => {
      const past = parsePast(value);
      const isSeen = ({ at, after }: { readonly at: number; readonly after: string }) =>
        at < this.startedAt - startUp || this.seen.has(after);
      const entries = applyChange(catchUp(this.rawEntries(), past, isSeen), change);
      const made = { change, at: this.clock.now(), after: listDigest(entries) };
      // Remembered first: a window that ends in between must not leave the settings ahead of what is remembered, or the
      // next one would bring back what was taken away.
      await write([...past, made].slice(-maximumPast));
      try {
        await vscode.workspace
          .getConfiguration(section)
          .update(name, entries, vscode.ConfigurationTarget.Global);
      } catch (error) {
        await write(past);
        throw error;
      }
      this.see(entries);
    });
  }

  private see(entries: readonly unknown[]): void {
    const digest = listDigest(entries);
    this.seen.delete(digest);
    this.seen.add(digest);
    const [oldest] = this.seen;
    if (this.seen.size > maximumSeen && oldest !== undefined) this.seen.delete(oldest);
  }
}
