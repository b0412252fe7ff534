/** Where a text stops being JSON: the engine's own message often names no place, and quotes text that may be hostile. */

type Expected = "value" | "value or ]" | "name" | "name or }" | ":" | ", or end" | "nothing";

const tokens =
  // eslint-disable-next-line no-control-regex -- JSON forbids control characters in strings
  /[ \t\r\n]*(?:([{}[\],:])|("[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*")|(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-]))/y;
// eslint-disable-next-line no-control-regex -- as above
const unfinishedString = /[ \t\r\n]*"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*\\?$/y;
const space = /[ \t\r\n]*/y;

/** The index of the first character that cannot stand there; the text's length when it ends too early. */
export function jsonErrorPlace(text: string): number {
  const open: ("}" | "]")[] = [];
  let expected: Expected = "value";
  let at = 0;
  for (;;) {
    tokens.lastIndex = at;
    const match = tokens.exec(text);
    const next: Expected | undefined | null =
      match && step(match[1] ?? (match[2] === undefined ? "scalar" : "text"), expected);
    if (!match || !next || !nest(match[1], open)) break;
    expected = next === ", or end" && open.length === 0 ? "nothing" : next;
    at = tokens.lastIndex;
  }
  unfinishedString.lastIndex = at;
  const canBeText = expected !== ":" && expected !== ", or end" && expected !== "nothing";
  if (canBeText && unfinishedString.test(text)) return text.length;
  space.lastIndex = at;
  space.test(text);
  return space.lastIndex;

  function step(token: string, before: Expected): Expected | undefined {
    const isValue = before === "value" || before === "value or ]";
    const isName = before === "name" || before === "name or }";
    switch (token) {
      case "{":
        return isValue ? "name or }" : undefined;
      case "[":
        return isValue ? "value or ]" : undefined;
      case "}":
        return before === "name or }" || before === ", or end" ? ", or end" : undefined;
      case "]":
        return before === "value or ]" || before === ", or end" ? ", or end" : undefined;
      case ":":
        return before === ":" ? "value" : undefined;
      case ",":
        if (before !== ", or end") return undefined;
        return open.at(-1) === "}" ? "name" : "value";
      default:
        if (isName && token === "text") return ":";
        return isValue ? ", or end" : undefined;
    }
  }
}

/** Follows the brackets; false when one closes what is not open. */
function nest(token: string | undefined, open: ("}" | "]")[]): boolean {
  if (token === "{") open.push("}");
  else if (token === "[") open.push("]");
  else if (token === "}" || token === "]") return open.pop() === token;
  return true;
}
