/** Subscriptions narrower than everything, for very large applications. Source: tts-mqtt §3.3. */
import { everything } from "./topics";

export const maximumFilters = 20;
const maximumLength = 256;

/** `error`: the server would refuse it or close the connection. `warning`: it delivers less than it seems to. */
export type FilterVerdict = { readonly error: string } | { readonly warning: string } | undefined;

/** Judges one topic filter for an application; undefined when it is good. */
export function judgeFilter(filter: string, applicationUid: string): FilterVerdict {
  if (filter === "") return { error: "A topic filter is empty." };
  if (filter.length > maximumLength) return { error: "A topic filter is too long." };
  if (!/^[\x21-\x7e]+$/.test(filter)) {
    return { error: "Topic filters have no spaces or special characters." };
  }
  const levels = filter.split("/");
  if (levels.some((level, index) => isMisplaced(level, index === levels.length - 1))) {
    return { error: "+ stands alone between slashes, # alone at the end." };
  }
  if (filter === everything || filter === "v3/#") return undefined;
  const [version, uid] = levels;
  if (version !== "v3") return { error: "A topic filter begins with v3/." };
  if (levels.length < 3) return { error: "After v3/ comes +, the application id, or #." };
  if (uid !== "+" && uid !== applicationUid) {
    return { error: `The second level is + or ${applicationUid}: a connection sees no other.` };
  }
  return judgeSuffix(levels);
}

function isMisplaced(level: string, isLast: boolean): boolean {
  if (level === "+" || (level === "#" && isLast)) return false;
  return level.includes("+") || level.includes("#");
}

/** The server's `#` does not match its parent level, unlike MQTT's. */
function judgeSuffix(levels: readonly string[]): FilterVerdict {
  const [, , devices, , first, ...rest] = levels;
  if (devices !== "devices" && devices !== "#" && devices !== "+") {
    return { error: "The third level is devices." };
  }
  if (first === "up" && rest[0] === "#") {
    return { warning: "On this server …/up/# delivers normalized payloads only, not the uplinks." };
  }
  if (first === "+" && rest.length === 0) {
    return { warning: "…/+ delivers uplinks and joins only; downlink events need …/down/+." };
  }
  return undefined;
}

/** Reads filters separated by commas, spaces or lines, or says what is wrong with one. */
export function parseFilters(
  text: string,
  applicationUid: string,
): { readonly filters: readonly string[]; readonly warning?: string } | { readonly error: string } {
  const filters = [...new Set(text.split(/[\s,]+/).filter((part) => part !== ""))];
  if (filters.length > maximumFilters) return { error: `At most ${maximumFilters} topic filters.` };
  let warning: string | undefined;
  for (const filter of filters) {
    const verdict = judgeFilter(filter, applicationUid);
    if (verdict && "error" in verdict) return verdict;
    warning ??= verdict?.warning;
  }
  return { filters, ...(warning === undefined ? {} : { warning }) };
}
