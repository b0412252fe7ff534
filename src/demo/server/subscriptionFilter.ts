/** Which subscription filters the server takes, what it makes of them and what they match. Source: tts-mqtt §3.3. */

/** `stored` is what the server keeps; `refused` answers 0x80; `malformed` closes the connection. */
export type FilterVerdict = { readonly stored: string } | "refused" | "malformed";

/** Rewrites the first two levels to the connection's own application; the rest is used as given. */
export function rewriteFilter(requested: string, applicationUid: string): FilterVerdict {
  if (isMalformed(requested)) return "malformed";
  const everything = `v3/${applicationUid}/#`;
  if (requested === "#" || requested === "v3/#") return { stored: everything };
  const [version, uid, ...rest] = requested.split("/");
  if (version !== "v3" || uid === undefined) return "refused";
  if (uid !== "+" && uid !== applicationUid) return "refused";
  return { stored: ["v3", applicationUid, ...rest].join("/") };
}

/** Not the standard's matching: `a/b/#` does not match `a/b`. */
export function filterMatches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (wanted.at(-1) === "#") {
    wanted.pop();
    if (levels.length <= wanted.length) return false;
    levels.length = wanted.length;
  }
  return (
    wanted.length === levels.length &&
    wanted.every((level, index) => level === "+" || level === levels[index])
  );
}

function isMalformed(filter: string): boolean {
  if (filter === "" || filter.includes("\0")) return true;
  const levels = filter.split("/");
  return levels.some(
    (level, index) =>
      (level.includes("+") && level !== "+") ||
      (level.includes("#") && (level !== "#" || index < levels.length - 1)),
  );
}
