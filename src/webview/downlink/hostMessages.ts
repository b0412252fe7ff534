/** Guards for what arrives from the host side, so that a stray message never reaches the page's code. */
import {
  fieldNames,
  isDraftDownlink,
  isTarget,
  remedies,
  tones,
  type ApplicationChoice,
  type DeviceChoice,
  type DownlinkPreview,
  type FieldProblem,
  type HostMessage,
  type Outcome,
  type Preview,
  type QueueRow,
  type QueueState,
  type SentCause,
  type SentRow,
  type SentStep,
} from "../../protocol/downlinkPage";
import type { Posted } from "../../protocol/pagePost";
import { isBoolean, isCount, listOf, oneOf, optional, shape, text } from "../../util/guards";

// The host bounds what it posts; here only the types matter.
const isText = text(Infinity);
const list = <T>(guard: (value: unknown) => value is T) => listOf(guard, Infinity);

const isStep = shape<SentStep>({
  tone: oneOf(...tones),
  word: isText,
  time: isText,
  since: isText,
  note: isText,
});

const isRow = shape<SentRow>({
  correlationId: isText,
  shortId: isText,
  title: isText,
  details: isText,
  userCorrelationIds: list(isText),
  tone: oneOf(...tones),
  state: isText,
  advice: isText,
  warnings: list(isText),
  causes: list(
    shape<SentCause>({
      text: isText,
      remedy: oneOf(...remedies),
      label: isText,
      deviceId: isText,
    }),
  ),
  ruledOut: isText,
  steps: list(isStep),
  again: isDraftDownlink,
  againLabel: isText,
});

const isState = shape<Posted<Extract<HostMessage, { type: "state" }>>>({
  type: oneOf("state"),
  post: isCount,
  applications: list(
    shape<ApplicationChoice>({
      key: isText,
      label: isText,
      server: isText,
      connected: isBoolean,
      isDemo: isBoolean,
      production: isBoolean,
      mayNotSend: optional(isBoolean),
    }),
  ),
  target: optional(isTarget),
  targetNumber: isCount,
  devices: list(shape<DeviceChoice>({ deviceId: isText, detail: isText })),
  moreDevices: isCount,
  gateways: list(isText),
  queue: shape<QueueState>({
    ours: list(shape<QueueRow>({ correlationId: isText, title: isText, details: isText })),
    more: isCount,
    others: isCount,
  }),
  sent: list(isRow),
  moreSent: isCount,
  sending: isBoolean,
  wait: isText,
  outcome: optional(
    shape<Outcome>({ number: isCount, kind: oneOf("sent", "problem", "invalid"), text: isText }),
  ),
});

const isPreview = shape<Posted<Extract<HostMessage, { type: "preview" }>>>({
  type: oneOf("preview"),
  post: isCount,
  revision: isCount,
  downlinks: list(
    shape<DownlinkPreview>({
      byteCount: optional(isCount),
      limit: optional(
        shape<NonNullable<DownlinkPreview["limit"]>>({ bytes: isCount, basis: isText }),
      ),
      texts: shape<DownlinkPreview["texts"]>({
        hex: optional(isText),
        base64: optional(isText),
        text: optional(isText),
      }),
      visibleText: optional(isText),
      shown: isText,
      hints: list(isText),
      warnings: list(isText),
      canSendEncoded: optional(isBoolean),
    }),
  ),
  problems: list(
    shape<FieldProblem>({ item: isCount, field: oneOf(...fieldNames), message: isText }),
  ),
  deviceWarning: isText,
  publish: optional(shape<NonNullable<Preview["publish"]>>({ topic: isText, body: isText })),
});

/** True for a message of our host side. */
export function isHostMessage(value: unknown): value is Posted<HostMessage> {
  return isState(value) || isPreview(value);
}
