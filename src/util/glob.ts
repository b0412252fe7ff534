/** Patterns in which `*` stands for any text. */

/** Whether a text matches as a whole. Takes at most the product of both lengths, whatever the pattern. */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  /** Behind the last star, and where in the text it was tried to end. */
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    if (pattern[inPattern] === "*") {
      star = ++inPattern;
      retry = at;
    } else if (pattern[inPattern] === text[at]) {
      inPattern++;
      at++;
    } else if (star >= 0) {
      inPattern = star;
      at = ++retry;
    } else return false;
  }
  while (pattern[inPattern] === "*") inPattern++;
  return inPattern === pattern.length;
}
