/** Says whether a payload fits, with the numbers, and on what that estimate rests. Source: tts-mqtt 6.4, real-traffic 14. */
import { slowestDataRatePayload } from "../../stack/downlink";
import { mostMacCommands, usualMacCommands, type PayloadLimit } from "../../stack/payloadLimit";
import type { DownlinkPreview } from "../../protocol/downlinkPage";
import { counted } from "../../util/counted";

/** Where it is sent: after an uplink (class A), or at once on the second window's data rate (class B and C). */
export type Window = "afterUplink" | "atOnce";

type Words = Pick<DownlinkPreview, "hints" | "warnings">;
const nothing: Words = { hints: [], warnings: [] };
const failsLate = "The server then gives up only when it tries to send.";

/** `bytes` that fit, and in words for what: `SF12 in EU868`. */
export function limitFor(
  limit: PayloadLimit,
  window: Window,
): NonNullable<DownlinkPreview["limit"]> {
  return {
    bytes: sizesOf(limit, window).bytes,
    basis: `${whenOf(limit, window)} in ${bandsOf(limit)}`,
  };
}

/** A warning when it does not fit, a hint when it just may not. */
export function fittingWords(
  byteCount: number,
  limit: PayloadLimit | undefined,
  window: Window,
): Words {
  if (limit === undefined) return unknownWords(byteCount);
  const { bytes, atBest } = sizesOf(limit, window);
  const place = `at ${whenOf(limit, window)} in ${bandsOf(limit)}`;
  if (byteCount > atBest + usualMacCommands) {
    return { hints: [], warnings: [`${doNotFit(byteCount, place)}: ${atBest} do. ${failsLate}`] };
  }
  if (byteCount > bytes + usualMacCommands) {
    const range = `from ${bytes} to ${atBest} bytes do, by band and its dwell time limit`;
    return {
      hints: [],
      warnings: [`${counted(byteCount, "byte")} may not fit ${place}: ${range}. ${failsLate}`],
    };
  }
  if (byteCount > bytes) {
    const only = `${counted(byteCount, "byte fits", "bytes fit")} ${place} only without commands of the network, which most frames carry`;
    return { hints: [], warnings: [`${only}: ${bytes} do fit. ${failsLate}`] };
  }
  const least = bytes + usualMacCommands - mostMacCommands;
  if (byteCount <= least) return nothing;
  const commands = `Commands of the network may take up to ${mostMacCommands} bytes`;
  return { hints: [`${commands}: then ${Math.max(0, least)} fit.`], warnings: [] };
}

function unknownWords(byteCount: number): Words {
  if (byteCount <= slowestDataRatePayload) return nothing;
  const text = `More than ${slowestDataRatePayload} bytes do not fit at the slowest data rates.`;
  return { hints: [`${text} ${failsLate}`], warnings: [] };
}

function doNotFit(byteCount: number, place: string): string {
  return `${counted(byteCount, "byte does", "bytes do")} not fit ${place}`;
}

function sizesOf(limit: PayloadLimit, window: Window): Pick<PayloadLimit, "bytes" | "atBest"> {
  return window === "atOnce" ? limit.atOnce : limit;
}

function whenOf({ dataRate }: PayloadLimit, window: Window): string {
  return window === "atOnce" ? "the usual RX2 data rate" : dataRate;
}

/** `EU868`, or `EU868 or RU864 (a guess)`. */
function bandsOf({ bands }: PayloadLimit): string {
  const [last = "", ...others] = [...bands].reverse();
  if (others.length === 0) return last;
  return `${others.reverse().join(", ")} or ${last} (a guess)`;
}
