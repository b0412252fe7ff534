/** Why the server may have said nothing to a downlink, the likeliest first, and what can be ruled out. */
import type { DownlinkEvidence } from "./downlinkEvidence";
import { currentState, timeOf, type TrackedDownlink } from "./downlinkVerdict";

/** What the user can do about a cause. */
export type CauseRemedy = "check" | "events" | "useDevice" | "asBytes";

export interface Cause {
  readonly text: string;
  readonly remedy: CauseRemedy;
  /** For `useDevice`: the end device that was probably meant. */
  readonly deviceId?: string | undefined;
}

export interface Causes {
  readonly likely: readonly Cause[];
  /** In words, as the end of a sentence that begins with "Ruled out:". */
  readonly ruledOut: readonly string[];
}

/** A connection that is closed so soon after a publish was most likely closed because of it (reliability G3). Milliseconds. */
const rateLimitWindow = 2_000;

type Weighed = Cause & { readonly weight: number };

/** Only of use while {@link currentState} is `noAnswer` or `unknown`. */
export function rankCauses(tracked: TrackedDownlink, evidence: DownlinkEvidence): Causes {
  const found = [
    connectionCause(tracked),
    rightCause(evidence),
    deviceCause(tracked, evidence),
    encoderCause(tracked),
    formCause(tracked),
  ];
  const likely = found
    .filter((each): each is Weighed => typeof each === "object")
    .sort((a, b) => b.weight - a.weight)
    .map(({ text, remedy, deviceId }) => ({ text, remedy, deviceId }));
  return { likely, ruledOut: found.filter((each) => typeof each === "string") };
}

/** A cause with its weight, what rules it out, or neither. */
type Judgement = Weighed | string | undefined;

function connectionCause(tracked: TrackedDownlink): Judgement {
  const begunAt = tracked.steps[0]?.at ?? 0;
  const gap = tracked.gaps.find(({ to }) => to === undefined || to >= begunAt);
  if (gap === undefined) {
    if (currentState(tracked) === "unknown") {
      return {
        weight: 90,
        text: "The connection may be dead: the server did not even confirm that it took the packet.",
        remedy: "check",
      };
    }
    return "the connection stayed up while it was published";
  }
  const upFor = gap.from - (timeOf(tracked, "publishing") ?? begunAt);
  // A gap that began before the publish is a sleep of this machine or a clock set back, not the server's answer.
  if (upFor >= 0 && upFor <= rateLimitWindow) {
    return {
      weight: 100,
      text: "The server closed the connection right after the publish. It does so when downlinks come faster than its rate limit allows, and throws the downlink away. For a minute it would close at every other one, so send again after that.",
      remedy: "events",
    };
  }
  return {
    weight: 95,
    text: "The connection was lost while the answer was due, so the answer may have been missed.",
    remedy: "events",
  };
}

function rightCause({ mayWrite }: DownlinkEvidence): Judgement {
  if (mayWrite === true) return "the API key may send downlinks";
  const text =
    mayWrite === false
      ? "The API key may not send downlinks, or is refused: the connection check has found that out."
      : "The API key may lack the right to send downlinks. The server drops them without a word then.";
  return { weight: mayWrite === false ? 98 : 60, text, remedy: "check" };
}

function deviceCause(
  { deviceId }: TrackedDownlink,
  { isKnownDevice, nearestDevice }: DownlinkEvidence,
): Judgement {
  if (isKnownDevice) return "the end device exists: it was seen in the traffic";
  const nearest = nearestDevice();
  const never = `${deviceId} was never seen in this application's traffic`;
  if (nearest === undefined) {
    return { weight: 70, text: `${never}; it may not exist there.`, remedy: "events" };
  }
  return {
    weight: 85,
    text: `${never}. ${nearest} was: a slip in the id?`,
    remedy: "useDevice",
    deviceId: nearest,
  };
}

function encoderCause({ downlink }: TrackedDownlink): Judgement {
  if (downlink.fields === undefined) return emptyFrameCause(downlink);
  return {
    weight: 65,
    text: "The payload formatter on the server may refuse these fields. Bytes need no formatter.",
    remedy: "asBytes",
  };
}

/** It goes out beside fields (real-traffic 22). */
function emptyFrameCause({ bytes }: TrackedDownlink["downlink"]): Judgement {
  if (bytes === undefined || bytes.length > 0) return undefined;
  return {
    weight: 65,
    text: "The payload formatter on the server may refuse an empty frame. One byte needs no formatter.",
    remedy: "events",
  };
}

function formCause({ downlink }: TrackedDownlink): Judgement {
  // What stands in one of these, the server checks against more than can be known here.
  const isUnusual = downlink.classBC !== undefined || downlink.maximumAttempts !== undefined;
  return {
    weight: isUnusual ? 50 : 10,
    text: isUnusual
      ? "The server may not allow these gateways, this time or so many attempts."
      : "The server may have stricter rules than those checked here, or is busy: its answer can still come.",
    remedy: "events",
  };
}
