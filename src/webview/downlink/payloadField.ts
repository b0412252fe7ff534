/** The payload of one downlink: its format, its text, its size and its other forms. */
import {
  maximumPayloadText,
  payloadFormats,
  type DownlinkPreview,
  type DraftDownlink,
  type PayloadFormat,
} from "../../protocol/downlinkPage";
import { element, newId, note, setValue } from "../shared/dom";
import { withPayload } from "./drafts";
import { checkbox, Field } from "../shared/field";
import { counted } from "../../util/counted";

const labels: Readonly<Record<PayloadFormat, string>> = {
  hex: "Hex",
  base64: "Base64",
  text: "Text",
  fields: "Fields",
};
const placeholders: Readonly<Record<PayloadFormat, string>> = {
  hex: "01 0A FF",
  base64: "AQr/",
  text: "",
  fields: '{ "valve": "open", "minutes": 15 }',
};

export interface PayloadEvents {
  /** `isTyping` is false when the host should answer at once. */
  onChange(next: DraftDownlink, isTyping: boolean): void;
}

export class PayloadField {
  readonly element: HTMLElement;
  private readonly field: Field<HTMLTextAreaElement>;
  private readonly radios = new Map<PayloadFormat, HTMLInputElement>();
  private readonly size = element("span", { class: "size" });
  private readonly forms = element("dl", { class: "forms" });
  private readonly hints = element("div");
  private readonly empty: ReturnType<typeof checkbox>;
  private readonly encoded: ReturnType<typeof checkbox>;
  private downlink: DraftDownlink | undefined;

  constructor(private readonly events: PayloadEvents) {
    const box = element("textarea", {
      spellcheck: "false",
      autocomplete: "off",
      maxlength: String(maximumPayloadText),
      class: "code",
    });
    this.field = new Field("payload", "Payload", box);
    box.addEventListener("input", () => {
      if (this.downlink) this.events.onChange(withPayload(this.downlink, box.value), true);
    });
    this.empty = checkbox("Send an empty frame", (allowEmpty) => {
      if (this.downlink) this.events.onChange({ ...this.downlink, allowEmpty }, false);
    });
    this.encoded = checkbox("Send the bytes encoded here", (sendEncoded) => {
      if (this.downlink) this.events.onChange({ ...this.downlink, sendEncoded }, false);
    });
    const head = element("div", { class: "payloadHead" }, this.field.label, this.formats());
    head.append(this.size);
    this.field.element.prepend(head);
    this.element = element(
      "div",
      { class: "payloadGroup" },
      this.field.element,
      this.encoded.element,
      this.empty.element,
      this.hints,
      this.forms,
    );
  }

  get box(): HTMLTextAreaElement {
    return this.field.control;
  }

  update(
    downlink: DraftDownlink,
    preview: DownlinkPreview | undefined,
    isFresh: boolean,
    problem: string | undefined,
  ): void {
    this.downlink = downlink;
    const { format } = downlink;
    for (const [each, radio] of this.radios) radio.checked = each === format;
    setValue(this.box, textOf(downlink, preview, isFresh));
    this.box.placeholder = placeholders[format];
    this.box.rows = format === "fields" ? 5 : 2;
    this.field.setProblem(problem);
    const isEncoded = downlink.sendEncoded === true;
    this.encoded.element.hidden =
      format !== "fields" || !(isEncoded || preview?.canSendEncoded === true);
    this.encoded.input.checked = isEncoded;
    const hasBytes = format !== "fields" || isEncoded;
    this.empty.element.hidden = !(hasBytes && preview?.byteCount === 0);
    this.empty.input.checked = downlink.allowEmpty;
    this.size.textContent = hasBytes ? sizeText(preview) : "size set by the formatter";
    this.hints.replaceChildren(
      ...(preview?.warnings ?? []).map((warning) => note("warning", warning)),
      ...(preview?.hints ?? []).map((hint) => note("info", hint)),
    );
    this.showForms(format, preview);
  }

  private formats(): HTMLElement {
    const name = newId("format");
    const legend = element("legend", { class: "spokenOnly" }, "Payload format");
    const group = element("fieldset", { class: "segments" }, legend);
    for (const format of payloadFormats) {
      const radio = element("input", { type: "radio", name, id: newId("radio"), value: format });
      radio.addEventListener("change", () => {
        if (this.downlink) this.events.onChange({ ...this.downlink, format }, false);
      });
      this.radios.set(format, radio);
      group.append(radio, element("label", { for: radio.id }, labels[format]));
    }
    return group;
  }

  private showForms(format: PayloadFormat, preview: DownlinkPreview | undefined): void {
    const rows: HTMLElement[] = [];
    const add = (of: PayloadFormat, value: string | undefined, instead: string) => {
      if (of === format) return;
      const shown = value === undefined ? [instead] : [element("code", {}, value)];
      rows.push(element("div", {}, element("dt", {}, labels[of]), element("dd", {}, ...shown)));
    };
    if (preview?.byteCount !== undefined && preview.byteCount > 0 && preview.texts.hex) {
      add("hex", preview.texts.hex, "");
      add("base64", preview.texts.base64, "");
      add("text", preview.visibleText, "not text (no valid UTF-8)");
    }
    this.forms.replaceChildren(...rows);
    this.forms.hidden = rows.length === 0;
  }
}

/** What belongs into the box: what was typed in this format, or the host's conversion. */
function textOf(
  downlink: DraftDownlink,
  preview: DownlinkPreview | undefined,
  isFresh: boolean,
): string {
  const { format, typedAs, texts } = downlink;
  if (format === "fields" || format === typedAs) return texts[format];
  if (isFresh && preview) return preview.shown;
  return preview?.texts[format] ?? texts[format];
}

/** `4 / 50 bytes (estimate for SF12 in EU868)`: what the payload takes of what fits. */
function sizeText(preview: DownlinkPreview | undefined): string {
  const { byteCount, limit } = preview ?? {};
  if (byteCount === undefined) return "";
  if (limit) return `${byteCount} / ${limit.bytes} bytes (estimate for ${limit.basis})`;
  return counted(byteCount, "byte");
}
