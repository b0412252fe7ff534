/** What to say and do about certificates and TLS: always ask, never "continue anyway". Source: reliability §2.5, R14. */
import { words, type Words, type WordsOf } from "./words";

const caAdvice =
  "If the server uses a private CA, give its certificate file (CA file) in the application's settings.";

function unknownIssuer(reason: string): WordsOf {
  return ({ detail }) => words("ask", withDetail(reason, detail), caAdvice, "edit");
}

const clientCertificate: Words = words(
  "ask",
  "the server demands a client certificate",
  "Client certificates are not supported; The Things Stack needs none.",
  "edit",
);

const noCommonTls: WordsOf = ({ port }) =>
  words(
    "ask",
    "TLS could not be agreed on",
    `Either port ${port} speaks no TLS, or the server's TLS is older than 1.2.`,
    "edit",
  );

const speaksNoTls: WordsOf = ({ port }) =>
  words(
    "ask",
    `port ${port} answers, but not in TLS`,
    port === 1883
      ? "1883 is the port without TLS: use 8883."
      : "Check host and port: the TLS port is usually 8883.",
    "edit",
  );

export const tlsWords: Readonly<Record<string, WordsOf>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer("the certificate is self-signed"),
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer("the certificate comes from an unknown CA"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer("the certificate comes from an unknown CA"),
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer("the certificate comes from an unknown CA"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer("the certificate comes from an unknown CA"),
  CERT_HAS_EXPIRED: ({ detail }) =>
    words(
      "ask",
      withDetail("the server's certificate has expired", detail),
      "The server's operator must renew it. Is this machine's clock right?",
      "check",
    ),
  CERT_NOT_YET_VALID: ({ detail }) =>
    words(
      "ask",
      withDetail("the server's certificate is not valid yet", detail),
      "Is this machine's clock right?",
      "check",
    ),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host, detail }) =>
    words(
      "ask",
      withDetail(`the certificate is not for ${host}`, detail),
      "Use the name that the certificate was made for.",
      "edit",
    ),
  EPROTO: noCommonTls,
  ERR_SSL_WRONG_VERSION_NUMBER: speaksNoTls,
  ERR_SSL_HTTP_REQUEST: speaksNoTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: noCommonTls,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: noCommonTls,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: () => clientCertificate,
  // TLS 1.2 servers say the same as a failed handshake; OpenSSL names it by the alert.
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: noCommonTls,
};

function withDetail(reason: string, detail: string): string {
  return detail === "" ? reason : `${reason} (${detail})`;
}
