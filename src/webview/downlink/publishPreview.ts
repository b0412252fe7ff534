/** "What will be published": the exact topic and JSON, for reading and copying. */
import type { Preview } from "../../protocol/downlinkPage";
import { button, element } from "../shared/dom";

export class PublishPreview {
  readonly element: HTMLElement;
  private readonly topic = element("code");
  private readonly body = element("pre");
  private readonly content: HTMLElement;
  private readonly missing = element("p", { class: "hint" }, "Shown when the fields are complete.");

  constructor(onCopy: (what: "topic" | "body") => void) {
    const part = (name: string, what: "topic" | "body", shown: HTMLElement) => {
      const copy = button("Copy", "link", () => onCopy(what));
      copy.setAttribute("aria-label", `Copy ${name.toLowerCase()}`);
      const head = element("div", { class: "partHead" }, element("h3", {}, name), copy);
      return element("div", { class: "part" }, head, shown);
    };
    this.content = element(
      "div",
      {},
      part("Topic", "topic", element("div", { class: "codeBlock" }, this.topic)),
      part("Message", "body", element("div", { class: "codeBlock" }, this.body)),
    );
    const summary = element("summary", {}, "What will be published");
    this.element = element("details", { class: "publish" }, summary, this.content, this.missing);
  }

  update(preview: Preview | undefined): void {
    const publish = preview?.publish;
    this.content.hidden = publish === undefined;
    this.missing.hidden = publish !== undefined;
    this.topic.textContent = publish?.topic ?? "";
    this.body.textContent = publish?.body ?? "";
  }
}
