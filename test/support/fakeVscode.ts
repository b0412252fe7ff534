/**
 * As much of VS Code as the whole extension needs, in memory: it counts what is registered, answers questions and fails on
 * demand. For what a real host cannot be made to do; how VS Code itself behaves is for the host tests.
 */
import { rmSync } from "node:fs";
import Module from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type * as vscode from "vscode";

type Listener = (value: unknown) => unknown;

class Emitter {
  private readonly listeners = new Set<Listener>();

  readonly event = (listener: Listener): Disposable => {
    this.listeners.add(listener);
    return live("listener", () => this.listeners.delete(listener));
  };

  fire(value?: unknown): void {
    for (const listener of [...this.listeners]) listener(value);
  }

  dispose(): void {
    this.listeners.clear();
  }
}

class Disposable {
  constructor(readonly dispose: () => unknown) {}

  static from(...items: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => items.forEach((item) => item.dispose()));
  }
}

class Plain {
  readonly parts: readonly unknown[];

  constructor(...parts: unknown[]) {
    this.parts = parts;
  }
}

class Row extends Plain {
  constructor(
    label: string,
    readonly collapsibleState: number,
  ) {
    super(label, collapsibleState);
  }
}

/** What the extension has registered or made and not yet disposed of. */
const registered = new Map<object, string>();

function live(name: string, dispose: () => unknown = () => undefined): Disposable {
  const disposable = new Disposable(() => {
    registered.delete(disposable);
    dispose();
  });
  registered.set(disposable, name);
  return disposable;
}

const noAnswer = () => undefined;

type Command = (argument?: unknown) => unknown;

/** What the tests see and set. */
export const fakeVscode = {
  /** What was copied last. */
  clipboard: "",
  /** The labels of the list that was shown last, and its title. */
  listed: { title: "", labels: [] as readonly string[] },
  settings: new Map<string, unknown>(),
  /** Set: writing a setting rejects with this. */
  settingsFailure: undefined as Error | undefined,
  commands: new Map<string, Command>(),
  /** Texts of notifications and modal questions. */
  messages: [] as string[],
  /** Picks the button of a notification or question. */
  answer: noAnswer as (text: string, buttons: readonly string[]) => string | undefined,
  /** What the modal questions and notifications say below their text. */
  details: [] as string[],
  /** The buttons that Escape means in modal questions. */
  wayOut: [] as string[],
  statusMessages: [] as string[],
  /** The titles of progress and what it reported. */
  progress: [] as unknown[],
  /** A person opens or closes a row of the tree. */
  rowOpened: new Emitter(),
  rowClosed: new Emitter(),
  /** The input box or list that was made last. */
  lastBox: {} as Readonly<Record<string, unknown>>,
  /** Labels of the rows chosen in the next lists; several only where the list takes several. */
  picked: [] as (readonly string[])[],
  /** Ends the progress that can be cancelled. */
  cancelProgress: noAnswer as () => void,
  /** The item made last. */
  statusItem: { text: "" },
  /** What is typed into the next input boxes. */
  typed: [] as string[],
  /** The files chosen in the next dialogs; undefined cancels. */
  files: [] as (string | undefined)[],
  /** What was said below the last input box while typing. */
  validation: undefined as { readonly message: string } | undefined,
  /** Set: making a tree view fails with this. */
  treeFailure: undefined as Error | undefined,
  get registered(): readonly string[] {
    return [...registered.values()];
  },
};

const configurationEmitter = new Emitter();

/** Changes a user setting as the user does. */
export function setSetting(name: string, value: unknown): void {
  fakeVscode.settings.set(name, value);
  configurationEmitter.fire({ affectsConfiguration: (changed: string) => changed === name });
}

interface Button {
  readonly title: string;
  readonly isCloseAffordance?: boolean;
}

const isButton = (value: unknown): value is Button =>
  typeof value === "object" && value !== null && "title" in value;

/** As in VS Code the answer is the button as it was given, and the one for closing when the question is closed. */
function ask(text: string, ...rest: unknown[]): Promise<unknown> {
  fakeVscode.messages.push(text);
  fakeVscode.wayOut.push(
    ...rest.filter(isButton).flatMap((each) => (each.isCloseAffordance === true ? each.title : [])),
  );
  const buttons = rest.filter((each) => typeof each === "string" || isButton(each));
  const titles = buttons.map((each) => (typeof each === "string" ? each : each.title));
  const [options] = rest;
  if (typeof options === "object" && options !== null && "detail" in options) {
    fakeVscode.details.push(String(options.detail));
  }
  const chosen = fakeVscode.answer(text, titles);
  const answer = buttons.find((each) =>
    chosen === undefined
      ? typeof each === "object" && each.isCloseAffordance === true
      : (typeof each === "string" ? each : each.title) === chosen,
  );
  return Promise.resolve(answer);
}

function inputBox(): object {
  const [accepted, hidden, changed, pressed] = [1, 2, 3, 4].map(() => new Emitter());
  const disposable = live("input box");
  const box = (fakeVscode.lastBox = {
    value: "",
    validationMessage: undefined as { readonly message: string } | undefined,
    onDidAccept: accepted?.event,
    onDidHide: hidden?.event,
    onDidChangeValue: changed?.event,
    onDidTriggerButton: pressed?.event,
    dispose: disposable.dispose,
    show: () =>
      queueMicrotask(() => {
        const text = fakeVscode.typed.shift();
        box.value = text ?? "";
        if (text !== undefined) changed?.fire(text);
        fakeVscode.validation = box.validationMessage;
        if (text === undefined) hidden?.fire();
        else accepted?.fire();
      }),
  });
  return box;
}

function quickPick(): object {
  const [accepted, hidden, pressed] = [1, 2, 3].map(() => new Emitter());
  const disposable = live("list");
  const box = (fakeVscode.lastBox = {
    items: [] as readonly { readonly label: string }[],
    selectedItems: [] as readonly object[],
    onDidAccept: accepted?.event,
    onDidHide: hidden?.event,
    onDidTriggerButton: pressed?.event,
    dispose: disposable.dispose,
    title: "",
    show: () =>
      queueMicrotask(() => {
        fakeVscode.listed = { title: box.title, labels: box.items.map(({ label }) => label) };
        const labels = fakeVscode.picked.shift() ?? [];
        box.selectedItems = box.items.filter(({ label }) => labels.includes(label));
        if (box.selectedItems.length === 0) hidden?.fire();
        else accepted?.fire();
      }),
  });
  return box;
}

/** Runs the task, which may be cancelled as long as it runs. */
function withProgress(
  { title }: { readonly title?: string },
  task: (progress: object, token: object) => Promise<unknown>,
): Promise<unknown> {
  const cancelled = new Emitter();
  fakeVscode.cancelProgress = () => cancelled.fire();
  fakeVscode.progress.push(title);
  const report = (step: unknown) => void fakeVscode.progress.push(step);
  return task({ report }, { onCancellationRequested: cancelled.event });
}

function channel(): object {
  const nothing = () => undefined;
  return Object.assign(live("output channel"), {
    ...{ append: nothing, appendLine: nothing, replace: nothing, clear: nothing, show: nothing },
    ...{ info: nothing, warn: nothing, error: nothing },
  });
}

const namespace = {
  version: "1.100.0",
  Disposable,
  EventEmitter: Emitter,
  ...{ TreeItem: Row, ThemeIcon: Plain, ThemeColor: Plain, Range: Plain, DocumentLink: Plain },
  TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
  StatusBarAlignment: { Left: 1 },
  ConfigurationTarget: { Global: 1 },
  ProgressLocation: { Notification: 15 },
  InputBoxValidationSeverity: { Info: 1, Warning: 2, Error: 3 },
  QuickInputButtons: { Back: {} },
  ViewColumn: { Active: -1 },
  Uri: { from: (parts: object) => parts, joinPath: (base: object) => base },
  env: {
    remoteName: undefined,
    clipboard: {
      writeText: (text: string) => {
        fakeVscode.clipboard = text;
        return Promise.resolve();
      },
    },
  },
  extensions: { getExtension: () => undefined },
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2 },
  languages: {
    registerDocumentLinkProvider: () => live("link provider"),
    registerCodeLensProvider: () => live("lens provider"),
    registerHoverProvider: () => live("hover provider"),
    createDiagnosticCollection: () =>
      Object.assign(live("diagnostics"), { forEach: () => undefined, set: () => undefined }),
  },
  commands: {
    registerCommand(id: string, command: Command) {
      if (fakeVscode.commands.has(id)) throw new Error(`command '${id}' already exists`);
      fakeVscode.commands.set(id, command);
      return live(`command ${id}`, () => fakeVscode.commands.delete(id));
    },
    executeCommand: (id: string, argument?: unknown) =>
      Promise.resolve(fakeVscode.commands.get(id)?.(argument)),
  },
  window: {
    createOutputChannel: channel,
    createStatusBarItem: () => {
      const methods = { show: () => undefined, hide: () => undefined };
      fakeVscode.statusItem = Object.assign(live("status bar item"), { text: "", ...methods });
      return fakeVscode.statusItem;
    },
    createTreeView() {
      if (fakeVscode.treeFailure) throw fakeVscode.treeFailure;
      const visibility = new Emitter();
      return Object.assign(live("tree view"), {
        visible: true,
        selection: [],
        onDidChangeVisibility: visibility.event,
        onDidExpandElement: fakeVscode.rowOpened.event,
        onDidCollapseElement: fakeVscode.rowClosed.event,
      });
    },
    createInputBox: inputBox,
    createQuickPick: quickPick,
    registerWebviewPanelSerializer: () => live("serializer"),
    onDidChangeActiveTextEditor: new Emitter().event,
    setStatusBarMessage(text: string) {
      fakeVscode.statusMessages.push(text);
      return new Disposable(() => undefined);
    },
    withProgress,
    showOpenDialog: () => {
      const file = fakeVscode.files.shift();
      return Promise.resolve(file === undefined ? undefined : [{ fsPath: file }]);
    },
    showErrorMessage: ask,
    showWarningMessage: ask,
    showInformationMessage: ask,
  },
  workspace: {
    onDidChangeConfiguration: configurationEmitter.event,
    isTrusted: true,
    onDidGrantWorkspaceTrust: new Emitter().event,
    onDidChangeWorkspaceFolders: new Emitter().event,
    textDocuments: [],
    onDidOpenTextDocument: new Emitter().event,
    onDidChangeTextDocument: new Emitter().event,
    onDidCloseTextDocument: new Emitter().event,
    registerTextDocumentContentProvider: () => live("document provider"),
    getConfiguration: (section: string) => ({
      inspect: (name: string) => ({ globalValue: fakeVscode.settings.get(`${section}.${name}`) }),
      update(name: string, value: unknown) {
        const { settingsFailure } = fakeVscode;
        if (settingsFailure) return Promise.reject(settingsFailure);
        setSetting(`${section}.${name}`, value);
        return Promise.resolve();
      },
    }),
  },
};

/** From here on `require("vscode")` gives the fake. Load the extension after this. */
export function installFakeVscode(): void {
  const loader = Module as unknown as { _load(id: string, ...rest: unknown[]): unknown };
  const load = loader._load.bind(loader);
  loader._load = (id, ...rest) => (id === "vscode" ? namespace : load(id, ...rest));
}

/** As after the start of VS Code. */
export function resetFakeVscode(): void {
  registered.clear();
  fakeVscode.settings.clear();
  fakeVscode.commands.clear();
  fakeVscode.messages.length = 0;
  fakeVscode.details.length = 0;
  fakeVscode.picked.length = 0;
  fakeVscode.wayOut.length = 0;
  fakeVscode.statusMessages.length = 0;
  fakeVscode.progress.length = 0;
  fakeVscode.typed.length = 0;
  fakeVscode.files.length = 0;
  fakeVscode.settingsFailure = undefined;
  fakeVscode.treeFailure = undefined;
  fakeVscode.answer = noAnswer;
}

/** A keyring that forgets everything when VS Code ends, as where there is no real one. */
export class FakeKeyring {
  readonly kept = new Map<string, string>();
  /** Set: deleting rejects with this. */
  deleteFailure: Error | undefined;
  private readonly changes = new Emitter();
  readonly onDidChange = this.changes.event;

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(this.kept.get(name));
  }

  store(name: string, value: string): Promise<void> {
    this.kept.set(name, value);
    this.changes.fire({ key: name });
    return Promise.resolve();
  }

  delete(name: string): Promise<void> {
    if (this.deleteFailure) return Promise.reject(this.deleteFailure);
    this.kept.delete(name);
    this.changes.fire({ key: name });
    return Promise.resolve();
  }
}

const storage = path.join(tmpdir(), `explorer-storage-${process.pid}`);
let folders = 0;
process.on("exit", () => rmSync(storage, { recursive: true, force: true }));

/** What VS Code remembers for the extension from one start to the next. */
export class FakeMemory {
  readonly kept = new Map<string, unknown>();
  /** The folder of the extension; made when something is written there. */
  readonly folder = path.join(storage, String(folders++));
  /** Names that were given to Settings Sync. */
  readonly synced: string[] = [];

  get(name: string): unknown {
    return this.kept.get(name);
  }

  update(name: string, value: unknown): Promise<void> {
    this.kept.set(name, value);
    return Promise.resolve();
  }

  setKeysForSync(names: readonly string[]): void {
    this.synced.push(...names);
  }
}

/** What `activate` is given. */
export function fakeContext(
  keyring: FakeKeyring,
  memory: FakeMemory,
): vscode.ExtensionContext & { readonly subscriptions: { dispose(): unknown }[] } {
  const context: unknown = {
    subscriptions: [],
    secrets: keyring,
    globalState: memory,
    globalStorageUri: { fsPath: memory.folder },
    workspaceState: new FakeMemory(),
    extensionUri: {},
  };
  return context as vscode.ExtensionContext;
}
