/** The saved texts of the bound files: read once, and again whenever they are saved or change on disk. */
import * as vscode from "vscode";
import { maximumBytes, readText } from "./fileText";

const maximumFiles = 50;

export class FormatterFiles implements vscode.Disposable {
  private readonly byAddress = new Map<string, vscode.Uri>();
  /** Counts the readings of a file, so that a slow one does not undo a later one. */
  private readonly readings = new Map<string, number>();
  private subscriptions: vscode.Disposable | undefined;

  /** @param onText told the text of a file, or undefined when it cannot be read */
  constructor(private readonly onText: (address: string, text: string | undefined) => void) {}

  /** Reads these files and watches them instead of those before. */
  follow(files: readonly vscode.Uri[]): void {
    this.stop();
    for (const uri of files.slice(0, maximumFiles)) this.byAddress.set(uri.toString(), uri);
    if (this.byAddress.size === 0) return;
    const folders = new Map(
      [...this.byAddress.values()].map((uri) => {
        const folder = vscode.Uri.joinPath(uri, "..");
        return [folder.toString(), folder] as const;
      }),
    );
    this.subscriptions = vscode.Disposable.from(
      vscode.workspace.onDidSaveTextDocument((document) => this.saved(document)),
      ...[...folders.values()].map((folder) => this.watch(folder)),
    );
    for (const uri of this.byAddress.values()) void this.read(uri);
  }

  dispose(): void {
    this.stop();
  }

  private stop(): void {
    this.subscriptions?.dispose();
    this.subscriptions = undefined;
    this.byAddress.clear();
  }

  private watch(folder: vscode.Uri): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, "*"),
    );
    const changed = (uri: vscode.Uri) => {
      if (this.byAddress.has(uri.toString())) void this.read(uri);
    };
    watcher.onDidChange(changed);
    watcher.onDidCreate(changed);
    watcher.onDidDelete(changed);
    return watcher;
  }

  private saved(document: vscode.TextDocument): void {
    const address = document.uri.toString();
    if (!this.byAddress.has(address)) return;
    this.begin(address);
    const text = document.getText();
    this.onText(address, text.length > maximumBytes ? undefined : text);
  }

  private async read(uri: vscode.Uri): Promise<void> {
    const address = uri.toString();
    const reading = this.begin(address);
    const text = await readText(uri);
    if (this.readings.get(address) === reading && this.byAddress.has(address))
      this.onText(address, text);
  }

  private begin(address: string): number {
    const reading = (this.readings.get(address) ?? 0) + 1;
    this.readings.set(address, reading);
    return reading;
  }
}
