/** Every way a connection can fail, sorted and put into words. Source: reliability §2.5, tts-mqtt §1.6. */
import type { AttemptEnd } from "./attemptEnd";
import type { ConnectionFailure } from "./connectionState";
import { failureWords } from "./failureWords";
import { words, type Words } from "./words";

export function failureOf(end: AttemptEnd): ConnectionFailure {
  return { code: end.code, ...(wordsFor(end) ?? unknownWords(end)) };
}

function wordsFor(end: AttemptEnd): Words | undefined {
  const build = Object.hasOwn(failureWords, end.code) ? failureWords[end.code] : undefined; // R18
  if (build) return build(end);
  if (isTlsCode(end.code)) {
    return words(
      "ask",
      `TLS failed (${end.code})`,
      "The server's certificate or TLS version was not accepted. Run the connection check for details.",
      "check",
    );
  }
  return undefined;
}

/** TLS failures never go away by trying again, so an unknown one also asks (reliability A21). */
function isTlsCode(code: string): boolean {
  return /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|DEPTH_|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA)/.test(
    code,
  );
}

function unknownWords(end: AttemptEnd): Words {
  return words(
    "retry",
    `connection failed (${end.code})`,
    "The next attempt follows by itself.",
    "check",
  );
}
