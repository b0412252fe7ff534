/** Numbers with their noun, in the right number. */

/** `1 byte`, `2 bytes`, `0 bytes`; `noun` in the singular, with a plural of its own where an s does not make it. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** The sentence for what follows the first of several, nothing for one: ` There are 2 more.` */
export function moreOf(count: number): string {
  if (count <= 1) return "";
  return count === 2 ? " There is 1 more." : ` There are ${count - 1} more.`;
}
