/** As much of the module "vscode" as the event channel and the tree need: sinks that count. */

export const counts = { appends: 0, characters: 0, treeChanges: 0, changedRows: 0 };

/** What was written last. */
export const latest = { append: "" };

export class EventEmitter {
  readonly event = () => nothing;
  fire(rows: readonly unknown[] | undefined): void {
    counts.treeChanges++;
    counts.changedRows += rows?.length ?? 1;
  }
  dispose(): void {
    // nobody listens
  }
}

/** Enough for the last line. */
const lastCharacters = 200;

const nothing = { dispose: () => undefined };

export const window = {
  createOutputChannel: () => ({
    append: (text: string) => {
      counts.appends++;
      latest.append = text.slice(-lastCharacters);
      // Reading it makes one string of it, as writing it to the host does.
      counts.characters += Buffer.byteLength(text);
    },
    clear: () => undefined,
    ...nothing,
  }),
  createTreeView: () => ({
    visible: true,
    selection: [],
    onDidChangeVisibility: () => nothing,
    onDidExpandElement: () => nothing,
    onDidCollapseElement: () => nothing,
    ...nothing,
  }),
};

export class TreeItem {
  readonly type = "TreeItem";
}
export class ThemeIcon {
  readonly type = "ThemeIcon";
}
export class ThemeColor {
  readonly type = "ThemeColor";
}
export class MarkdownString {
  readonly type = "MarkdownString";
}
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export const Uri = { from: () => ({}) };
