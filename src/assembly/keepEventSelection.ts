/** Brings the event channel back to what it showed before a reload, and keeps each change. */
import type { Memento } from "vscode";
import { parseEventFilter } from "../stack/eventFilter";
import { EventArrangement } from "../storage/eventArrangement";
import type { Disposable } from "../util/emitter";
import type { EventChannel } from "../views/log/eventChannel";
import { selectionText } from "../views/log/eventSelection";

/** @param own takes what has to be disposed of in the end */
export function keepEventSelection(
  state: Pick<Memento, "get" | "update">,
  eventChannel: EventChannel,
  own: (part: Disposable) => void,
): EventArrangement {
  const arrangement = new EventArrangement(state);
  const { eventFilter, focus, muted } = arrangement.read();
  const filter = eventFilter === "" ? undefined : parseEventFilter(eventFilter);
  const selection = {
    ...{ focus, muted },
    // One that a newer or older version does not understand is no filter.
    filter: filter && "matches" in filter ? filter : undefined,
  };
  if (selectionText(selection) !== undefined) eventChannel.select(selection);
  own(
    eventChannel.onDidChangeSelection((shown) =>
      arrangement.write({
        ...{ eventFilter: shown.filter?.text ?? "", focus: shown.focus, muted: shown.muted },
      }),
    ),
  );
  return arrangement;
}
