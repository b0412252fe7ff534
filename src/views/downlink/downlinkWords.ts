/** The verdict on a downlink in words: what is certain, what is not, and what to do. */
import { rankCauses, type Causes, type CauseRemedy } from "../../model/downlinkCauses";
import { invalidatedNote } from "../../model/downlinks";
import type { DownlinkEvidence } from "../../model/downlinkEvidence";
import {
  currentState,
  isGivenUp,
  isPending,
  timeOf,
  type DownlinkState,
  type TrackedDownlink,
} from "../../model/downlinkVerdict";
import { notAcknowledgedReason, serverErrorWords } from "../../stack/serverErrorWords";
import { visible } from "../../stack/visible";
import type { SentCause, Tone } from "../../protocol/downlinkPage";
import { fittingText, waitingText } from "./downlinkWaiting";
import { timeBetween } from "./downlinkTimes";

/** Each state as one word, for lists. */
export const stateWords: Readonly<
  Record<DownlinkState, { readonly word: string; readonly tone: Tone }>
> = {
  publishing: { word: "publishing", tone: "done" },
  notPublished: { word: "not sent", tone: "bad" },
  unknown: { word: "unknown", tone: "warning" },
  published: { word: "reached the server", tone: "done" },
  noAnswer: { word: "no answer", tone: "warning" },
  queued: { word: "queued", tone: "done" },
  notKnown: { word: "not known", tone: "warning" },
  superseded: { word: "superseded", tone: "info" },
  sent: { word: "sent", tone: "done" },
  notAcknowledged: { word: "not acknowledged", tone: "warning" },
  acknowledged: { word: "acknowledged", tone: "good" },
  failed: { word: "failed", tone: "bad" },
};

/** How the verdict as a whole is marked: what still waits is not good yet. */
export function verdictTone(tracked: TrackedDownlink): Tone {
  const state = currentState(tracked);
  const { tone } = stateWords[state];
  const isEnd = state === "sent" && !tracked.downlink.confirmed;
  return tone === "done" && !isEnd ? "waiting" : tone;
}

/** The verdict in one line. */
export function verdictText(tracked: TrackedDownlink): string {
  const state = currentState(tracked);
  const note = visible(lastNote(tracked) ?? "");
  const reason = note === "" ? "" : `: ${note}`;
  switch (state) {
    case "publishing":
      return "on its way to the server";
    case "notPublished":
      return `not sent${reason}`;
    case "unknown":
      return "no answer from the server: unknown whether it was sent";
    case "published":
      return "reached the server; waiting for its answer";
    case "noAnswer":
      return `not confirmed: no answer from the server${waited(tracked)}`;
    case "queued":
      return "in the server's queue";
    case "notKnown":
      return `not known what became of it${reason}`;
    case "superseded":
      return `superseded${reason}`;
    case "sent":
      return tracked.downlink.confirmed
        ? `handed to a gateway; ${outlivedText(tracked) || "waiting for the acknowledgement"}`
        : "handed to a gateway, which does not mean received";
    case "notAcknowledged":
      return `not acknowledged${reason}${outlivedText(tracked, "; ")}`;
    case "acknowledged":
      return "acknowledged by the end device";
    case "failed":
      return `failed: ${failureReason(tracked)}`;
  }
}

/** A clear or replace does not stop what was transmitted (real-traffic 7). */
function outlivedText(tracked: TrackedDownlink, before = ""): string {
  const { outlived } = tracked;
  if (outlived === undefined || !isPending(tracked)) return "";
  return `${before}still being tried: a ${outlived} cannot stop it`;
}

/** Of the step that the verdict rests on. */
function lastNote(tracked: TrackedDownlink): string | undefined {
  const state = currentState(tracked);
  return tracked.steps.findLast((step) => step.state === state)?.note;
}

/** What may be behind the state and what to do; empty if there is nothing to say. */
export function adviceText(
  tracked: TrackedDownlink,
  evidence: DownlinkEvidence,
  now: number,
): string {
  switch (currentState(tracked)) {
    case "unknown":
    case "noAnswer":
      return "It is not sent again by itself. Should the answer still come, it is shown here.";
    case "queued":
      return `${chanceText(evidence)} ${waitingText(evidence, now)}`;
    case "notKnown":
      return "It no longer waits in the queue, or is stuck there: another client may have cleared it, or no gateway told that it sent it. Should the server say more, it is shown here.";
    case "superseded":
      return lastNote(tracked) === invalidatedNote
        ? "The server has taken it out of the queue. Encrypt it for the next frame counter and send it again."
        : "Your replace or clear took it out of the queue before it was sent.";
    case "sent":
      return tracked.downlink.confirmed
        ? `${goingOnText(tracked)}The acknowledgement comes with the end device's next uplink. ${waitingText(evidence, now)}`
        : "It was not sent as confirmed, so nothing will tell whether the end device received it.";
    case "notAcknowledged":
      if (evidence.encryptsItself === true) return encryptsItselfText;
      return isGivenUp(tracked)
        ? ""
        : `${goingOnText(tracked)}Do not send it again yourself: it is back in the queue. ${waitingText(evidence, now)}`;
    case "failed":
      if (evidence.encryptsItself === true) return encryptsItselfText;
      return [serverErrorWords(tracked.error)?.advice ?? "", fittingText(tracked, evidence)]
        .filter((part) => part !== "")
        .join(" ");
    default:
      return "";
  }
}

const encryptsItselfText =
  "The application encrypts for this end device itself: the server does not send it again, and only the application can.";

function chanceText({ isFreshlyJoined }: DownlinkEvidence): string {
  return isFreshlyJoined === true
    ? "The end device has just joined: until its first uplink nothing is sent to it, of class C either."
    : "A class A end device can only receive right after it has spoken.";
}

function goingOnText({ outlived }: TrackedDownlink): string {
  if (outlived === undefined) return "";
  return "The server goes on until it is acknowledged or its attempts are used up. ";
}

/** Causes of a silence, likeliest first, each with what can be done; and what can be ruled out. */
export function causesOf(
  tracked: TrackedDownlink,
  evidence: DownlinkEvidence,
): { readonly causes: readonly SentCause[]; readonly ruledOut: string } {
  const state = currentState(tracked);
  const isSilent = state === "noAnswer" || state === "unknown";
  const { likely, ruledOut }: Causes = isSilent
    ? rankCauses(tracked, evidence)
    : { likely: [], ruledOut: [] };
  return {
    causes: likely.map(({ text, remedy, deviceId = "" }) => ({
      ...{ text: visible(text), remedy, deviceId },
      label: remedy === "useDevice" ? `Use ${visible(deviceId)}` : remedyLabels[remedy],
    })),
    ruledOut: ruledOut.length === 0 ? "" : `Ruled out: ${ruledOut.join("; ")}.`,
  };
}

const remedyLabels: Readonly<Record<Exclude<CauseRemedy, "useDevice">, string>> = {
  check: "Check the connection",
  events: "Show events",
  asBytes: "Send as bytes…",
};

/** The server's own words only where there are none of ours. */
function failureReason({ error, steps, attempts }: TrackedDownlink): string {
  const own =
    error?.name === "max_retries_reached" && attempts !== undefined
      ? notAcknowledgedReason(attempts)
      : serverErrorWords(error)?.reason;
  const note = steps.findLast(({ state }) => state === "failed")?.note;
  return visible(own ?? note ?? "the server gave no reason");
}

function waited(tracked: TrackedDownlink): string {
  const from = timeOf(tracked, "published");
  const to = timeOf(tracked, "noAnswer");
  return from === undefined || to === undefined ? "" : ` after ${timeBetween(to - from)}`;
}
