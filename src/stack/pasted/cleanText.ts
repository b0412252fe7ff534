/** Undoes what web pages, word processors and chats did to a text, so that its words are those that were meant. */

/** Longest paste that is read, characters: the export of a large Node-RED flow fits. */
export const maximumPaste = 256 * 1024;

const entities: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " },
  ...{
    ndash: "–",
    mdash: "—",
    minus: "−",
    shy: "",
    lsquo: "'",
    rsquo: "'",
    ldquo: '"',
    rdquo: '"',
  },
  ...{ commat: "@", colon: ":", period: ".", sol: "/", hyphen: "-", lowbar: "_", num: "#" },
};
const entity = /&(?:([a-z]{2,6})|#(\d{1,6})|#x([0-9a-f]{1,5}));/gi;
const tag =
  /<\/?(?:a|b|br|code|div|em|font|h[1-6]|i|kbd|li|ol|p|pre|samp|small|span|strong|table|tbody|td|th|thead|tr|tt|ul)(?:\s[^<>]{0,400})?\/?>/gi;

/** The text with its entities, tags, quotes, dashes and line ends made plain. Takes time in proportion to its length. */
export function cleanText(pasted: string): string {
  let text = pasted.slice(0, maximumPaste);
  // Twice: what was escaped for a page was often escaped before.
  for (let round = 0; round < 2 && text.includes("&"); round++) text = unescapeEntities(text);
  text = text
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, "")
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, " ")
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .replace(/[“”„‟«»″＂]/g, '"')
    .replace(/[‘’‚‛′＇]/g, "'")
    .replace(/＠/g, "@")
    .replace(/[：﹕]/g, ":");
  // Home Assistant keeps such values elsewhere: the word is a name and no value.
  if (text.includes("!")) text = text.replace(/!(?:secret|env_var|include)\s{1,5}\S{1,80}/g, " ");
  if (text.includes("<")) text = text.replace(tag, "\n");
  if (text.includes("\\")) text = unescapeStrings(text);
  return plainDashes(text);
}

function unescapeEntities(text: string): string {
  return text.replace(entity, (whole, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? parseInt(hex ?? "", 16) : Number(decimal);
    return code >= 32 && code <= 0xffff ? String.fromCharCode(code) : " ";
  });
}

/** Quotes and slashes escaped inside of strings, and lines continued in the manner of sh. */
function unescapeStrings(text: string): string {
  return text
    .replace(/\\[ \t]?\n/g, " ")
    .replace(/\\u00([2-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/\\(["'/@])/g, "$1");
}

/** Dashes that a word processor drew: before a letter they were an option's, between letters a hyphen. */
function plainDashes(text: string): string {
  return text
    .replace(
      /(^|[\s"'(])([‐-―−]{1,2}|-[‐-―−])(?=([a-z]+))/gi,
      (_, before: string, _dash: string, word: string) => before + (word.length > 1 ? "--" : "-"),
    )
    .replace(/[‐-―−](?=[a-z0-9])/gi, "-");
}
