/** All downlinks of one push: a card each, adding and removing. */
import {
  maximumDownlinks,
  type Draft,
  type FieldName,
  type Preview,
} from "../../protocol/downlinkPage";
import { button, element, note } from "../shared/dom";
import { another } from "./drafts";
import { DownlinkCard } from "./downlinkCard";

export interface ListView {
  readonly draft: Draft;
  readonly preview: Preview | undefined;
  /** The preview belongs to what the form holds now. */
  readonly isFresh: boolean;
  /** That heard the end device lately. */
  readonly gateways: readonly string[];
  readonly showAll: boolean;
}

export class DownlinkList {
  readonly element: HTMLElement;
  private readonly cards: DownlinkCard[] = [];
  private readonly holder = element("div", { class: "cards" });
  private readonly add = button("Add another downlink", "secondary", () => this.addOne());
  private readonly severalNote = note(
    "info",
    "They go out in one message: one bad downlink makes the server drop them all.",
  );
  private view: ListView | undefined;

  constructor(
    private readonly onChange: (draft: Draft, isTyping: boolean) => void,
    private readonly onLeave: () => void,
  ) {
    this.element = element("div", {}, this.holder, this.severalNote, this.add);
  }

  /** Forgets which fields the user has been to: another draft is shown. */
  reset(): void {
    this.cards.length = 0;
    this.holder.replaceChildren();
  }

  update(view: ListView): void {
    this.view = view;
    const { downlinks } = view.draft;
    while (this.cards.length > downlinks.length) this.cards.pop()?.element.remove();
    while (this.cards.length < downlinks.length) this.holder.append(this.newCard().element);
    for (const [index, downlink] of downlinks.entries()) {
      this.cards[index]?.update({
        index,
        count: downlinks.length,
        downlink,
        preview: view.preview?.downlinks[index],
        isFresh: view.isFresh,
        gateways: view.gateways,
        problems: problemsOf(view.preview, index),
        showAll: view.showAll,
      });
    }
    this.severalNote.hidden = downlinks.length < 2;
    this.add.hidden = downlinks.length >= maximumDownlinks;
  }

  private newCard(): DownlinkCard {
    const card = new DownlinkCard({
      onChange: (next, isTyping) => {
        const index = this.cards.indexOf(card);
        const downlinks = this.view?.draft.downlinks.with(index, next);
        if (downlinks) this.onChange({ downlinks }, isTyping);
      },
      onRemove: () => this.removeOne(this.cards.indexOf(card)),
      onLeave: this.onLeave,
    });
    this.cards.push(card);
    return card;
  }

  private addOne(): void {
    const downlinks = this.view?.draft.downlinks ?? [];
    this.onChange({ downlinks: [...downlinks, another(downlinks.at(-1))] }, false);
    this.cards.at(-1)?.focus();
  }

  private removeOne(index: number): void {
    const downlinks = this.view?.draft.downlinks.toSpliced(index, 1);
    if (!downlinks) return;
    this.cards.splice(index, 1)[0]?.element.remove();
    this.onChange({ downlinks }, false);
    this.cards[Math.min(index, this.cards.length - 1)]?.focus();
  }
}

function problemsOf(preview: Preview | undefined, item: number): ReadonlyMap<FieldName, string> {
  const problems = preview?.problems.filter((each) => each.item === item) ?? [];
  return new Map(problems.map(({ field, message }) => [field, message]));
}
