/** Says why a downlink is not on its way yet. */
import type { PacerWait } from "../../model/downlinkTurn";

/** `Waits 4 s: at most 10 a minute.` `now` in milliseconds since 1970. */
export function waitText({ until, perMinute, isLimited }: PacerWait, now: number): string {
  if (until === undefined) return "Waits for the server to take the one before it.";
  const seconds = Math.max(1, Math.ceil((until - now) / 1000));
  const time = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
  if (isLimited === true) return `Waits ${time}: the server's rate limit was reached.`;
  return `Waits ${time}: at most ${perMinute} a minute.`;
}
