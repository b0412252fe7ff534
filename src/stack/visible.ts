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

/** For the few places where VS Code draws `$(trash)` as an icon: there it stays the text that it is (reliability A23). */
export function withoutIcons(text: string): string {
  return text.replaceAll("$(", "\\$(");
}
