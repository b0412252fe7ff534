/** Brings tree and event channel back to how they were arranged before a reload, and keeps each change. */
import type { Memento } from "vscode";
import { parseEventFilter } from "../stack/eventFilter";
import { Arrangement } from "../storage/arrangement";
import type { Disposable } from "../util/emitter";
import type { ContextKeys } from "../views/contextKeys";
import type { EventChannel } from "../views/log/eventChannel";
import { selectionText } from "../views/log/eventSelection";
import type { ApplicationsTree } from "../views/tree/applicationsTree";

interface ArrangedViews {
  readonly tree: ApplicationsTree;
  readonly eventChannel: EventChannel;
  readonly contextKeys: ContextKeys;
}

/** @param own takes what has to be disposed of in the end */
export function arrange(
  state: Pick<Memento, "get" | "update">,
  { tree, eventChannel, contextKeys }: ArrangedViews,
  own: (part: Disposable) => void,
): Arrangement {
  const arrangement = new Arrangement(state);
  const { sortOrder, treeFilter, eventFilter, focus, muted } = arrangement.read();
  const filter = eventFilter === "" ? undefined : parseEventFilter(eventFilter);
  const selection = {
    ...{ focus, muted },
    // One that a newer or older version does not understand is no filter.
    filter: filter && "matches" in filter ? filter : undefined,
  };
  const follow = () => {
    contextKeys.set("isFiltered", tree.filter !== "");
    contextKeys.set("sortedByLastHeard", tree.sortOrder === "lastHeard");
    arrangement.write({ sortOrder: tree.sortOrder, treeFilter: tree.filter });
  };
  if (sortOrder !== tree.sortOrder) tree.setSortOrder(sortOrder);
  if (treeFilter !== "") tree.setFilter(treeFilter);
  if (selectionText(selection) !== undefined) eventChannel.select(selection);
  follow();
  own(tree.onDidArrange(follow));
  own(
    eventChannel.onDidChangeSelection((shown) =>
      arrangement.write({
        ...{ eventFilter: shown.filter?.text ?? "", focus: shown.focus, muted: shown.muted },
      }),
    ),
  );
  return arrangement;
}
