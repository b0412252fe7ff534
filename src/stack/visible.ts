/** Makes text from the network safe to show: one line, nothing hidden, bounded. Source: reliability R19, P20–P23. */

/** Characters of remote text that are shown before it is cut, with its length beside. */
export const maximumShown = 1024;

const plain = /^[\x20-\x7e]*$/;
/** Controls, formats (bidi, zero width, tags), private use, lone surrogates, unassigned, and line separators. */
export const hiddenCharacters = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\u2028\u2029]/gu;
/** Half of a pair at the end, left by a cut. */
const halfCharacter = /[\ud800-\udbff]$/;
const stackedMarks = /(\p{M}{4})\p{M}+/gu;

/** The text with every hidden character written out as `\u{…}` and cut at `maximum` characters. */
export function visible(text: string, maximum = maximumShown): string {
  const isCut = text.length > maximum;
  const head = isCut ? text.slice(0, maximum).replace(halfCharacter, "") : text;
  const shown = plain.test(head)
    ? head
    : head
        .replace(
          hiddenCharacters,
          (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
        )
        .replace(stackedMarks, "$1…");
  return isCut ? `${shown}… (${text.length} characters)` : shown;
}

/** `](` before an address: what VS Code makes a link of in notifications and below input boxes. */
const linkMiddle = /\](?=\([a-z][a-z\d+.-]*:)/gi;
/** `$(trash)`, `$(sync~spin)`. */
const icon = /\$(?=\([a-z\d-]+(?:~[a-z]+)?\))/gi;

/**
 * For VS Code's own notifications and boxes, whoever wrote the text: one visible line in which it finds no link. Names of
 * files with brackets stay as they are; only a link is torn, by a blank.
 */
export function plainWords(text: string, maximum = maximumShown): string {
  return visible(text, maximum).replace(linkMiddle, "] ");
}

/** The same where VS Code also draws icons: there `$(trash)` stays the text that it is (reliability A23). */
export function plainLabel(text: string, maximum = maximumShown): string {
  return plainWords(text, maximum).replace(icon, "\\$");
}
