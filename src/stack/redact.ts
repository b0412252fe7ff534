/** Takes API keys out of any text that leaves: logs, errors, reports. Source: reliability A2, R16, X02. */

const token = /(NNSXS|MFRWG|ONZW4|OJSWM|MF2XI)\.([A-Z2-7]{0,4})[A-Z2-7]*(?:\.[A-Z2-7]*)?/gi;
/** `NNSXS.` and all that follows, in hex digits. */
const inHex = /4e[\s:,]?4e[\s:,]?53[\s:,]?58[\s:,]?53[\s:,]?2e(?:[\s:,]?[0-9a-f]{2})*/gi;
/** The same in base64, at each of its three alignments. */
const inBase64 = /(?:Tk5TWFMu|5OU1hTL[g-v]|OTlNYUy[4-7])[\w+/=-]*/g;
/** Long enough to be a piece of a key that was cut from its beginning. */
const longRun = /[A-Z2-7]{16,}/g;
const mask = "•••";

/** The text without API keys and pieces of keys; of a whole key its type and the beginning of its public part stay. */
export function redact(text: string): string {
  // A letter beyond F tells a piece from the hex of a payload; small letters, 0, 1, 8 and 9 from nearly all else.
  return redactKeys(text).replace(longRun, (run) => (/[G-Z]/.test(run) ? mask : run));
}

/** For documents full of base64, in which a piece of a key cannot be told from data: only what is clearly a key goes. */
export function redactKeys(text: string): string {
  return text.replace(token, `$1.$2….${mask}`).replace(inHex, mask).replace(inBase64, mask);
}
