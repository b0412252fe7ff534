/** The setting `thethingsstack.formatters` of a trusted workspace: which formatter is for which end devices. */
import * as vscode from "vscode";
import { placeBindings } from "../formatters/workbench/bindingPlaces";
import { placeFor } from "../formatters/workbench/bindingOrder";
import { builtInFormatter, readBindings, type Binding } from "../formatters/workbench/bindings";
import type { BoundFile } from "../formatters/workbench/workbench";
import { Emitter } from "../util/emitter";

const section = "thethingsstack";
const name = "formatters";

/** A binding with the address of its file; the built-in formatter has none. */
export interface FolderBinding extends BoundFile {
  readonly uri: vscode.Uri | undefined;
}

export class FormatterSettings implements vscode.Disposable {
  private readonly changeEmitter = new Emitter<void>();
  /** Fires when bindings may be others: the setting, the folders or the trust changed. */
  readonly onDidChange = this.changeEmitter.event;
  private readonly subscriptions: vscode.Disposable;

  constructor() {
    const fire = () => this.changeEmitter.fire();
    this.subscriptions = vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${section}.${name}`)) fire();
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(fire),
      vscode.workspace.onDidGrantWorkspaceTrust(fire),
    );
  }

  /** Nothing of a workspace runs before its user trusts it. */
  get isAllowed(): boolean {
    // eslint-disable-next-line no-restricted-properties -- this one is a question, not a mark on text
    return vscode.workspace.isTrusted;
  }

  /** The usable bindings in their order; empty in Restricted Mode. */
  read(): { readonly bindings: readonly FolderBinding[]; readonly problems: readonly string[] } {
    if (!this.isAllowed) return { bindings: [], problems: [] };
    const folders = vscode.workspace.workspaceFolders ?? [];
    const inspect = (folder?: vscode.WorkspaceFolder) =>
      vscode.workspace.getConfiguration(section, folder?.uri ?? null).inspect<unknown>(name);
    const shared = inspect(folders.length === 1 ? folders[0] : undefined);
    const { placed, problems } = placeBindings(
      folders.map((folder) => ({
        name: folder.name,
        value: inspect(folder)?.workspaceFolderValue,
      })),
      shared?.workspaceValue ?? shared?.globalValue,
    );
    const bindings = placed.flatMap(({ binding, place }): FolderBinding[] => {
      if (!place) return [{ ...binding, source: builtInFormatter, uri: undefined }];
      const root = folders[place.folder]?.uri;
      const uri = root && vscode.Uri.joinPath(root, place.path);
      return uri ? [{ ...binding, source: uri.toString(), uri }] : [];
    });
    return { bindings, problems };
  }

  /**
   * Puts a binding where it hides no narrower one; it takes the place of one for the same devices. Gives a way to undo
   * it, which says false where the setting was changed meanwhile.
   */
  async add(binding: Binding, folder: vscode.WorkspaceFolder): Promise<() => Promise<boolean>> {
    const isOnly = (vscode.workspace.workspaceFolders ?? []).length <= 1;
    const settings = () => vscode.workspace.getConfiguration(section, folder.uri);
    const valueNow = () => {
      const inspected = settings().inspect<unknown>(name);
      return isOnly ? inspected?.workspaceValue : inspected?.workspaceFolderValue;
    };
    const write = (value: unknown) =>
      settings().update(
        name,
        value,
        isOnly ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.WorkspaceFolder,
      );
    const before = valueNow();
    const others = (Array.isArray(before) ? (before as readonly unknown[]) : []).filter(
      (each) => !isForSame(each, binding),
    );
    const known = others.map((each) => readBindings([each]).bindings[0]);
    const after = others.toSpliced(placeFor(known, binding), 0, entryOf(binding));
    await write(after);
    return async () => {
      if (JSON.stringify(valueNow()) !== JSON.stringify(after)) return false;
      await write(before);
      return true;
    };
  }

  dispose(): void {
    this.subscriptions.dispose();
    this.changeEmitter.dispose();
  }
}

/** Without what is as it would be anyway. */
function entryOf({ file, application, devices, fPorts, profile }: Binding): object {
  return {
    ...{ file, application },
    ...(devices === "*" ? {} : { devices }),
    ...(fPorts ? { fPorts } : {}),
    ...(profile === "2025" ? {} : { profile }),
  };
}

function isForSame(entry: unknown, binding: Binding): boolean {
  const [known] = readBindings([entry]).bindings;
  const scope = (each: Binding) => JSON.stringify([each.application, each.devices, each.fPorts]);
  return known !== undefined && scope(known) === scope(binding);
}
