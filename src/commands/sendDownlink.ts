/** Sends a downlink by quick input: application, end device, FPort, payload, send. */
import type { Application } from "../model/application";
import {
  buildDownlink,
  maximumFramePayload,
  parseFPort,
  parsePayload,
  payloadFormats,
  slowestDataRatePayload,
  type DownlinkItemInput,
  type PayloadFormat,
} from "../stack/downlink";
import { toBase64, toSpacedHex, toText } from "../stack/framePayload";
import { priorities, type Priority } from "../stack/messages";
import { visible } from "../stack/visible";
import { consentToDownlink } from "./consents";
import { askChoice, askText, runFlow, type Feedback, type FlowStep } from "./quickInput";
import { reportSend } from "./reportSend";
import { askApplication, askDevice, deviceFrom, type DeviceTarget } from "./targets";
import type { Command, CommandServices } from "./services";

interface Draft {
  readonly application?: Application;
  readonly deviceId?: string;
  readonly fPort?: string;
  readonly payloadFormat?: PayloadFormat;
  readonly payload?: string;
  readonly confirmed?: boolean;
  readonly priority?: Priority;
}

const title = "Send a Downlink";

export const sendDownlink: Command = (services) => async (argument) => {
  const given = deviceFrom(services, argument);
  const draft = await runFlow<Draft>(given ?? {}, [
    (state, canGoBack) => applicationStep(services, state, canGoBack),
    deviceStep,
    ...payloadSteps(title),
  ]);
  const item = draft && itemOf(draft);
  if (!item || !draft.application || draft.deviceId === undefined) return;
  const input = {
    applicationUid: draft.application.settings.application,
    deviceId: draft.deviceId,
    downlinks: [item],
  };
  if (!(await consentToDownlink(draft.application, input))) return;
  await reportSend(await services.connections.send(draft.application.key, input));
};

/** Asks for one downlink to a known target; undefined when cancelled. */
export async function askDownlink(
  target: DeviceTarget,
  flowTitle: string,
): Promise<DownlinkItemInput | undefined> {
  const draft = await runFlow<Draft>(target, payloadSteps(flowTitle));
  return draft && itemOf(draft);
}

function itemOf(draft: Draft): DownlinkItemInput | undefined {
  const { fPort, payloadFormat, payload, priority = "NORMAL", confirmed = false } = draft;
  if (fPort === undefined || payloadFormat === undefined || payload === undefined) return undefined;
  return { fPort, payloadFormat, payload, priority, confirmed, allowEmpty: payload === "" };
}

async function applicationStep(
  services: CommandServices,
  draft: Draft,
  canGoBack: boolean,
): ReturnType<FlowStep<Draft>> {
  if (draft.application) return "skip";
  const connected = services.model.applications.filter(
    (each) => each.connection.phase === "connected",
  );
  const [only] = connected;
  if (only && connected.length === 1) {
    // One application is no choice; it is still named in the title of every step.
    const answer = await askDevice(only, { title: titleFor(title, only), canGoBack });
    return typeof answer === "string"
      ? answer
      : { ...draft, application: only, deviceId: answer.value };
  }
  const answer = await askApplication(services, undefined, {
    title,
    canGoBack,
    accepts: ({ connection }) => connection.phase === "connected",
  });
  return typeof answer === "string" ? answer : { ...draft, application: answer.value };
}

async function deviceStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  if (!draft.application || draft.deviceId !== undefined) return "skip";
  const answer = await askDevice(draft.application, {
    title: titleFor(title, draft.application),
    canGoBack,
  });
  return typeof answer === "string" ? answer : { ...draft, deviceId: answer.value };
}

function titleFor(text: string, application: Application, deviceId?: string): string {
  return `${text}: ${deviceId === undefined ? "" : `${deviceId}, `}${application.label}`;
}

function payloadSteps(flowTitle: string): readonly FlowStep<Draft>[] {
  const frame = (draft: Draft, canGoBack: boolean) => ({
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
  if (bytes.length === 0) return { warning: "0 bytes: an empty frame" };
  const asText = toText(bytes);
  const forms = [
    toSpacedHex(bytes),
    toBase64(bytes),
    ...(asText === undefined ? [] : [`"${visible(asText, 60)}"`]),
  ];
  const hint = `${bytes.length} ${bytes.length === 1 ? "byte" : "bytes"} · ${forms.join(" · ")}`;
  return bytes.length > slowestDataRatePayload
    ? {
        warning: `${hint} · more than ${slowestDataRatePayload} bytes do not fit at slow data rates`,
      }
    : { hint };
}

type SendChoice = { readonly confirmed: boolean } | "priority";

async function sendStep(
  draft: Draft,
  frame: { title: string; canGoBack: boolean },
): ReturnType<FlowStep<Draft>> {
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

function summaryOf(draft: Draft): string {
  const item = itemOf(draft);
  if (!item || !draft.application) return "";
  const built = buildDownlink({
    applicationUid: draft.application.settings.application,
    deviceId: draft.deviceId ?? "",
    downlinks: [item],
  });
  if ("errors" in built) return built.errors.map(({ message }) => message).join(" ");
  const [downlink] = built.downlinks;
  const bytes = downlink?.bytes;
  const what = bytes === undefined ? "fields" : toSpacedHex(bytes) || "an empty frame";
  return `${what} on FPort ${draft.fPort ?? ""}, ${draft.priority ?? "NORMAL"}, to ${draft.deviceId ?? ""}`;
}
