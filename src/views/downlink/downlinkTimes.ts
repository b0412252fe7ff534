/** Times as the downlink panel shows them. */
import { clockTime, preciseDuration } from "../times";

/** `12:04:33.010` of the local day; with the date in front when that is not the day of `now`. */
export function timeOfDay(at: number, now: number): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return clockTime(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${clockTime(at)}`;
}

/** `0.2 s`, `3 min 10 s`, `2 h 5 min`; a clock set back counts as nothing. Milliseconds. */
export function timeBetween(milliseconds: number): string {
  if (milliseconds >= 59_500) return preciseDuration(milliseconds);
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`;
}
