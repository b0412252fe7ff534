/** The stored applications: the user setting `thethingsstack.applications`, never a workspace's. */
import * as vscode from "vscode";
import {
  applicationKey,
  maximumApplications,
  parseApplicationSettings,
  type ApplicationSettings,
} from "../stack/applicationSettings";
import { Emitter } from "../util/emitter";

const section = "thethingsstack";
const name = "applications";

export class ApplicationStore implements vscode.Disposable {
  private readonly changeEmitter = new Emitter<void>();
  /** Fires when the setting changed, here or in another window. */
  readonly onDidChange = this.changeEmitter.event;
  private readonly subscription: vscode.Disposable;

  /** @param onProblem told of each entry that cannot be used; such entries stay in the setting */
  constructor(private readonly onProblem: (text: string) => void) {
    this.subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${section}.${name}`)) this.changeEmitter.fire();
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
    await this.write([...this.rawEntries(), settings]);
  }

  async replace(key: string, settings: ApplicationSettings): Promise<void> {
    await this.write(this.rawEntries().map((entry) => (hasKey(entry, key) ? settings : entry)));
  }

  async remove(key: string): Promise<void> {
    await this.write(this.rawEntries().filter((entry) => !hasKey(entry, key)));
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

  private async write(entries: readonly unknown[]): Promise<void> {
    await vscode.workspace
      .getConfiguration(section)
      .update(name, entries, vscode.ConfigurationTarget.Global);
  }
}

function hasKey(entry: unknown, key: string): boolean {
  const parsed = parseApplicationSettings(entry);
  return "settings" in parsed && applicationKey(parsed.settings) === key;
}
