/** Times and durations as people read them. */

/** `12:04:31.482`, local time. */
export function clockTime(at: number): string {
  const second = Math.floor(at / 1000);
  if (second !== latestSecond.second) latestSecond = { second, text: secondText(second) };
  return `${latestSecond.text}.${String(Math.floor(at) - second * 1000).padStart(3, "0")}`;
}

/** In a stream of events, many fall into the same second. */
let latestSecond = { second: NaN, text: "" };

function secondText(second: number): string {
  const date = new Date(second * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `12 s`, `3 min`, `2 h 5 min`, `4 d`; never negative. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}

/** `3 min 12 s`: with its seconds, for gaps. */
export function preciseDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60 || seconds >= 3600 || seconds % 60 === 0) return duration(milliseconds);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
