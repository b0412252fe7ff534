/** The questions about one downlink: FPort, payload, how to send. */
import type { Application } from "../../model/application";
import {
  emptyFrameNote,
  maximumFramePayload,
  parseFPort,
  parsePayload,
  payloadFormats,
  slowestDataRatePayload,
  type DownlinkItemInput,
  type PayloadFormat,
} from "../../stack/downlink";
import { toBase64, toSpacedHex, toText } from "../../stack/framePayload";
import { priorities, type Priority } from "../../stack/messages";
import { visible } from "../../stack/visible";
import { askChoice, askText, runFlow, type Feedback, type FlowStep } from "../quickInput";
import { counted } from "../../util/counted";

/** A downlink as far as it was asked for; the id of the end device is missing when it goes to several. */
export interface DownlinkDraft {
  readonly application?: Application;
  readonly deviceId?: string;
  /** Who gets it, in words, when it goes to several: `12 end devices`. */
  readonly recipients?: string;
  readonly fPort?: string;
  readonly payloadFormat?: PayloadFormat;
  readonly payload?: string;
  readonly confirmed?: boolean;
  readonly priority?: Priority;
}

/** Asks for one downlink to a known target; undefined when cancelled. */
export async function askDownlink(
  target: Pick<DownlinkDraft, "application" | "deviceId" | "recipients">,
  flowTitle: string,
): Promise<DownlinkItemInput | undefined> {
  const draft = await runFlow<DownlinkDraft>(target, payloadSteps(flowTitle));
  return draft && itemOf(draft);
}

export function itemOf(draft: DownlinkDraft): DownlinkItemInput | undefined {
  const { fPort, payloadFormat, payload, priority = "NORMAL", confirmed = false } = draft;
  if (fPort === undefined || payloadFormat === undefined || payload === undefined) return undefined;
  return { fPort, payloadFormat, payload, priority, confirmed, allowEmpty: payload === "" };
}

export function titleFor(text: string, application: Application, deviceId?: string): string {
  return `${text}: ${deviceId === undefined ? "" : `${deviceId}, `}${application.label}`;
}

export function payloadSteps(flowTitle: string): readonly FlowStep<DownlinkDraft>[] {
  const frame = (draft: DownlinkDraft, canGoBack: boolean) => ({
    title: draft.application ? titleFor(flowTitle, draft.application, draft.deviceId) : flowTitle,
    canGoBack,
  });
  return [
    async (draft, canGoBack) => {
      const answer = await askText({
        ...frame(draft, canGoBack),
        prompt: "FPort, 1 to 223",
        placeholder: "15",
        value: draft.fPort ?? "",
        check: (text) => {
          const parsed = parseFPort(text);
          return "problem" in parsed ? { error: parsed.problem } : undefined;
        },
      });
      return typeof answer === "string" ? answer : { ...draft, fPort: answer.value };
    },
    async (draft, canGoBack) => {
      const answer = await askChoice({
        ...frame(draft, canGoBack),
        placeholder: "How to write the payload",
        choices: payloadFormats.map((value) => ({ ...formatTexts[value], value })),
        ...(draft.payloadFormat === undefined ? {} : { active: draft.payloadFormat }),
      });
      return typeof answer === "string" ? answer : { ...draft, payloadFormat: answer.value };
    },
    async (draft, canGoBack) => {
      const format = draft.payloadFormat ?? "hex";
      const answer = await askText({
        ...frame(draft, canGoBack),
        prompt: `Payload as ${formatTexts[format].label.toLowerCase()}; empty sends an empty frame`,
        placeholder: formatTexts[format].description,
        value: draft.payload ?? "",
        check: (text) => payloadFeedback(format, text),
      });
      return typeof answer === "string" ? answer : { ...draft, payload: answer.value };
    },
    (draft, canGoBack) => sendStep(draft, frame(draft, canGoBack)),
  ];
}

const formatTexts: Readonly<Record<PayloadFormat, { label: string; description: string }>> = {
  hex: { label: "Hex", description: "BE EF" },
  base64: { label: "Base64", description: "vu8=" },
  text: { label: "Text", description: "valve open" },
  fields: { label: "Fields", description: '{"valve":"open"} for the encoder on the server' },
};

/** The other forms and the length while one types, or what is wrong. */
function payloadFeedback(format: PayloadFormat, text: string): Feedback {
  const parsed = parsePayload(format, text);
  if ("problem" in parsed) return { error: parsed.problem };
  if ("fields" in parsed) return { hint: "The server's downlink encoder makes the bytes." };
  const { bytes } = parsed;
  if (bytes.length > maximumFramePayload) {
    return { error: `${bytes.length} bytes: at most ${maximumFramePayload} fit into a frame.` };
  }
  if (bytes.length === 0) return { warning: `0 bytes: an empty frame. ${emptyFrameNote}` };
  const asText = toText(bytes);
  const forms = [
    toSpacedHex(bytes),
    toBase64(bytes),
    ...(asText === undefined ? [] : [`"${visible(asText, 60)}"`]),
  ];
  const hint = `${counted(bytes.length, "byte")} · ${forms.join(" · ")}`;
  return bytes.length > slowestDataRatePayload
    ? {
        warning: `${hint} · more than ${slowestDataRatePayload} bytes do not fit at slow data rates`,
      }
    : { hint };
}

type SendChoice = { readonly confirmed: boolean } | "priority";

async function sendStep(
  draft: DownlinkDraft,
  frame: { title: string; canGoBack: boolean },
): ReturnType<FlowStep<DownlinkDraft>> {
  const summary = summaryOf(draft);
  const answer = await askChoice<SendChoice>({
    ...frame,
    placeholder: summary,
    choices: [
      { label: "Send", detail: summary, value: { confirmed: false } },
      {
        label: "Send confirmed",
        detail: "The end device acknowledges; the server tries again until it does.",
        value: { confirmed: true },
      },
      { label: "Choose a priority…", description: draft.priority ?? "NORMAL", value: "priority" },
    ],
  });
  if (typeof answer === "string") return answer;
  if (answer.value !== "priority") return { ...draft, confirmed: answer.value.confirmed };
  const priority = await askChoice<Priority>({
    ...frame,
    canGoBack: true,
    placeholder:
      "Priority among the gateway's transmissions; the device's queue stays first in, first out",
    choices: priorities.map((value) => ({ label: value, value })),
    active: draft.priority ?? "NORMAL",
  });
  if (priority === "cancel") return "cancel";
  return sendStep(priority === "back" ? draft : { ...draft, priority: priority.value }, frame);
}

function summaryOf(draft: DownlinkDraft): string {
  const parsed = parsePayload(draft.payloadFormat ?? "hex", draft.payload ?? "");
  const what = "bytes" in parsed ? toSpacedHex(parsed.bytes) || "an empty frame" : "fields";
  const recipients = draft.deviceId ?? draft.recipients ?? "";
  return `${what} on FPort ${draft.fPort ?? ""}, ${draft.priority ?? "NORMAL"}, to ${recipients}`;
}
