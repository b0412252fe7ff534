/**
 * Messages between the downlink panel's host side and its page: the types, and the guards that both sides apply to
 * whatever arrives. The page tells intentions, the host tells state; there are no questions and answers.
 */
import {
  isBoolean,
  isCount,
  listOf,
  oneOf,
  optional,
  shape,
  text,
  type Guard,
} from "../util/guards";
import { priorities, type Priority } from "../stack/messages";

export { priorities, type Priority };

export const payloadFormats = ["hex", "base64", "text", "fields"] as const;
export type PayloadFormat = (typeof payloadFormats)[number];
/** The formats that stand for bytes and can be turned into each other. */
export const byteFormats = ["hex", "base64", "text"] as const;
export type ByteFormat = (typeof byteFormats)[number];

/** One downlink as it stands in the form. */
export interface DraftDownlink {
  readonly fPort: string;
  /** The format shown. */
  readonly format: PayloadFormat;
  /** The format the bytes were last typed in; the others are derived from it. */
  readonly typedAs: ByteFormat;
  /** What was typed in each format. Nothing but typing changes it. */
  readonly texts: Readonly<Record<PayloadFormat, string>>;
  readonly allowEmpty: boolean;
  /** Of fields: sent as the bytes that the formatter of the workspace makes of them. */
  readonly sendEncoded?: boolean | undefined;
  readonly priority: Priority;
  readonly confirmed: boolean;
  /** As typed; kept while the downlink is not confirmed, but not sent. */
  readonly maximumAttempts: string;
  /** True keeps the downlink out of class A's receive windows. */
  readonly classBC: boolean;
  /** As typed: separated by commas or lines. */
  readonly gateways: string;
  /** As typed: RFC 3339. */
  readonly absoluteTime: string;
  /** As typed: separated by commas or lines. */
  readonly correlationIds: string;
}

export interface Draft {
  readonly downlinks: readonly DraftDownlink[];
}

/** The application and end device the panel is pointed at; `deviceId` may be unfinished typing. */
export interface Target {
  readonly applicationKey: string;
  readonly deviceId: string;
}

/** `push` appends, `replace` puts the draft in place of the queue, `clear` empties the queue. */
export const operations = ["push", "replace", "clear"] as const;
export type Operation = (typeof operations)[number];

interface Edit {
  /** Counts up with every change in the page. */
  readonly revision: number;
  /** The host's last one that the page has seen: an older one means that the panel was pointed elsewhere. */
  readonly targetNumber: number;
  readonly target: Target;
  readonly draft: Draft;
}

export type WebviewMessage =
  | { readonly type: "ready"; readonly target?: Target | undefined }
  | ({ readonly type: "edit" } & Edit)
  | ({ readonly type: "send"; readonly operation: Operation } & Edit)
  /** Ends the wait of a send for its turn. */
  | { readonly type: "cancel" }
  | { readonly type: "copy"; readonly what: "topic" | "body" }
  /** As a command or program: a downlink that was sent, or without an id the one in the form. */
  | { readonly type: "copyAs"; readonly correlationId?: string | undefined }
  /** Checks the connection of the target's application. */
  | { readonly type: "check" }
  | { readonly type: "openEvents" };

export interface ApplicationChoice {
  readonly key: string;
  readonly label: string;
  readonly server: string;
  readonly connected: boolean;
  readonly isDemo: boolean;
  readonly production: boolean;
  /** The server said that the API key lacks the right. */
  readonly mayNotSend?: boolean | undefined;
}

export interface DeviceChoice {
  readonly deviceId: string;
  readonly detail: string;
}

/** `done` is a step that was made and decides nothing. */
export const tones = ["waiting", "done", "good", "bad", "warning", "info"] as const;
export type Tone = (typeof tones)[number];

export interface SentStep {
  readonly tone: Tone;
  readonly word: string;
  readonly time: string;
  /** Since the step before; empty for the first. */
  readonly since: string;
  readonly note: string;
}

/** What can be done about a likely cause. */
export const remedies = ["check", "events", "useDevice", "asBytes"] as const;
export type Remedy = (typeof remedies)[number];

/** Why the server may have been silent, and the one act that helps. */
export interface SentCause {
  readonly text: string;
  readonly remedy: Remedy;
  readonly label: string;
  /** The end device that was probably meant, for `useDevice`; empty otherwise. */
  readonly deviceId: string;
}

/** One downlink of ours, ready to be displayed. */
export interface SentRow {
  readonly correlationId: string;
  readonly shortId: string;
  readonly title: string;
  readonly details: string;
  readonly userCorrelationIds: readonly string[];
  readonly tone: Tone;
  readonly state: string;
  /** What may be behind the state and what to do; empty if there is nothing to say. */
  readonly advice: string;
  readonly warnings: readonly string[];
  /** Likeliest first. */
  readonly causes: readonly SentCause[];
  readonly ruledOut: string;
  readonly steps: readonly SentStep[];
  readonly again: DraftDownlink;
  readonly againLabel: string;
}

/** A downlink of ours that the server has and the end device not yet. */
export interface QueueRow {
  readonly correlationId: string;
  readonly title: string;
  readonly details: string;
}

/** What is known to wait for the end device; the server itself lists nothing over MQTT. */
export interface QueueState {
  /** First in, first out. */
  readonly ours: readonly QueueRow[];
  /** Of ours, not listed. */
  readonly more: number;
  /** Downlinks of other senders. */
  readonly others: number;
}

/** What became of the last act. `number` tells one outcome from the next. */
export interface Outcome {
  readonly number: number;
  readonly kind: "sent" | "problem" | "invalid";
  readonly text: string;
}

export interface PanelState {
  readonly applications: readonly ApplicationChoice[];
  readonly target?: Target | undefined;
  readonly targetNumber: number;
  /** Of the target's application. */
  readonly devices: readonly DeviceChoice[];
  readonly moreDevices: number;
  /** That heard the target lately, the best first. */
  readonly gateways: readonly string[];
  readonly queue: QueueState;
  /** Of the target, newest first. */
  readonly sent: readonly SentRow[];
  readonly moreSent: number;
  readonly sending: boolean;
  /** Why the send has to wait and how long; empty if it does not. */
  readonly wait: string;
  readonly outcome?: Outcome | undefined;
}

export const fieldNames = [
  "application",
  "device",
  "downlinks",
  "fPort",
  "payload",
  "priority",
  "maximumAttempts",
  "gateways",
  "absoluteTime",
  "correlationIds",
] as const;
export type FieldName = (typeof fieldNames)[number];

/** `item` is the index of the downlink, -1 for the whole. */
export interface FieldProblem {
  readonly item: number;
  readonly field: FieldName;
  readonly message: string;
}

export interface DownlinkPreview {
  /** Undefined when the payload is unreadable or the server's encoder makes the bytes. */
  readonly byteCount?: number | undefined;
  /** What fits, and for what that is an estimate: `SF12 in EU868`. */
  readonly limit?: { readonly bytes: number; readonly basis: string } | undefined;
  /** The payload in every format that can carry it, exact. */
  readonly texts: Partial<Readonly<Record<ByteFormat, string | undefined>>>;
  /** The payload as text with control characters made visible. */
  readonly visibleText?: string | undefined;
  /** What belongs into the payload box. */
  readonly shown: string;
  readonly hints: readonly string[];
  /** Of what will most likely not work out. */
  readonly warnings: readonly string[];
  /** A formatter of the workspace encodes these fields, so that its bytes can be sent. */
  readonly canSendEncoded?: boolean | undefined;
}

export interface Preview {
  readonly revision: number;
  readonly downlinks: readonly DownlinkPreview[];
  readonly problems: readonly FieldProblem[];
  /** Worth knowing about the end device; empty if there is nothing to say. */
  readonly deviceWarning: string;
  /** Exactly what would be published; undefined while there are problems. */
  readonly publish?: { readonly topic: string; readonly body: string } | undefined;
}

export type HostMessage =
  ({ readonly type: "state" } & PanelState) | ({ readonly type: "preview" } & Preview);

/** Characters that one payload may have in the form, and a whole draft. */
export const maximumPayloadText = 64 * 1024;
export const maximumDraftText = 256 * 1024;
export const maximumDownlinks = 50;
export const maximumIdsText = 4096;
/** More than any id or FPort needs, so that a wrong one can be shown as wrong. */
export const maximumShortText = 400;

const isShort = text(maximumShortText);
const isLong = text(maximumPayloadText);

export const isDraftDownlink = shape<DraftDownlink>({
  fPort: isShort,
  format: oneOf(...payloadFormats),
  typedAs: oneOf(...byteFormats),
  texts: shape<DraftDownlink["texts"]>({
    hex: isLong,
    base64: isLong,
    text: isLong,
    fields: isLong,
  }),
  allowEmpty: isBoolean,
  sendEncoded: optional(isBoolean),
  priority: oneOf(...priorities),
  confirmed: isBoolean,
  maximumAttempts: isShort,
  classBC: isBoolean,
  gateways: text(maximumIdsText),
  absoluteTime: isShort,
  correlationIds: text(maximumIdsText),
});

const isDraftShape = shape<Draft>({ downlinks: listOf(isDraftDownlink, maximumDownlinks) });

/** True for a draft within all caps. */
export function isDraft(value: unknown): value is Draft {
  if (!isDraftShape(value)) return false;
  const texts = value.downlinks.flatMap((each) => [
    ...Object.values(each.texts),
    each.gateways,
    each.correlationIds,
  ]);
  return texts.reduce((sum, each) => sum + each.length, 0) <= maximumDraftText;
}

export const isTarget = shape<Target>({ applicationKey: isShort, deviceId: isShort });

const edit = { revision: isCount, targetNumber: isCount, target: isTarget, draft: isDraft };

type MessageOf<M extends { readonly type: string }, T extends M["type"]> = Extract<
  M,
  { readonly type: T }
>;
const webviewMessages: {
  readonly [T in WebviewMessage["type"]]: Guard<MessageOf<WebviewMessage, T>>;
} = {
  ready: shape({ type: oneOf("ready"), target: optional(isTarget) }),
  edit: shape({ type: oneOf("edit"), ...edit }),
  send: shape({ type: oneOf("send"), operation: oneOf(...operations), ...edit }),
  cancel: shape({ type: oneOf("cancel") }),
  copy: shape({ type: oneOf("copy"), what: oneOf("topic", "body") }),
  copyAs: shape({ type: oneOf("copyAs"), correlationId: optional(isShort) }),
  check: shape({ type: oneOf("check") }),
  openEvents: shape({ type: oneOf("openEvents") }),
};

/** True for a message of the page; anything else, however shaped, is to be ignored. */
export function isWebviewMessage(value: unknown): value is WebviewMessage {
  return Object.values(webviewMessages).some((guard) => guard(value));
}
