/** What is known to wait for the end device: downlinks of ours in their order, and how many of others. */
import type { QueueRow, QueueState } from "../../protocol/downlinkPage";
import { element, icon } from "../shared/dom";

export class QueueList {
  readonly element: HTMLElement;
  private readonly list = element("ol", { class: "queueList" });
  private readonly rest = element("p", { class: "hint" });
  private shown = "";

  constructor() {
    const heading = element("h2", { id: "queueHeading" }, "Waiting for the end device");
    this.element = element(
      "section",
      { class: "queue", "aria-labelledby": heading.id, hidden: "" },
      heading,
    );
    this.element.append(this.list, this.rest);
  }

  update(queue: QueueState): void {
    const text = JSON.stringify(queue);
    if (text === this.shown) return;
    this.shown = text;
    const { ours, more, others } = queue;
    this.element.hidden = ours.length === 0 && others === 0;
    this.list.hidden = ours.length === 0;
    this.list.replaceChildren(...ours.map(rowElement));
    this.rest.textContent = [
      ...(more > 0 ? [`${more} more of yours.`] : []),
      ...(others > 0 ? [`${others} of other senders.`] : []),
      "Only what was seen while connected; the server lists nothing over MQTT.",
    ].join(" ");
  }
}

function rowElement({ title, details }: QueueRow): HTMLElement {
  const words = element("div", {}, element("code", {}, title));
  words.append(element("p", { class: "hint" }, details));
  return element("li", {}, icon("waiting"), words);
}
