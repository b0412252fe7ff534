/**
 * The one place that says what a TLS connection must be, for MQTT and for HTTP alike. Nothing of the process's environment
 * weakens it: no variable, no command line, no proxy of the editor. Source: reliability R14, A20, C18; tts-mqtt §1.1.
 */
import { isIP, type Socket } from "node:net";
import {
  createSecureContext,
  rootCertificates,
  TLSSocket,
  type ConnectionOptions,
  type SecureContext,
} from "node:tls";
import { memoize } from "../util/memoize";

/** Whom to trust, and as whom. */
export interface TlsPeer {
  /** Name or address as the user typed it: the certificate must be made for it. */
  readonly host: string;
  /** PEM text of certificates that are trusted beside the usual roots. */
  readonly extraCertificates: string | undefined;
}

/** Options for `tls.connect`, without host and port. Throws when the extra certificates are none. */
export function tlsOptions({ host, extraCertificates }: TlsPeer): ConnectionOptions {
  const secureContext = contextFor(extraCertificates ?? "");
  return {
    secureContext,
    // The context holds them already. Given here too, VS Code's patch of `tls.connect` adds nothing to the context, which
    // lives on.
    ca: [...rootCertificates],
    // An IP address has no server name; verification is against what the user typed either way.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: true,
  };
}

/** The key may be sent: this is TLS, and the server has proven who it is. Asked again, whoever made the socket. */
export function isProven(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.authorized;
}

const longestExtra = 1024 * 1024;

/**
 * Reading all roots takes 50 ms, so contexts are kept. The roots are those that came with the program: the system's would
 * bring what NODE_EXTRA_CA_CERTS adds.
 */
const contextFor = memoize<SecureContext>(8, longestExtra, (extra) =>
  createSecureContext({
    ca: extra === "" ? [...rootCertificates] : [...rootCertificates, extra],
    minVersion: "TLSv1.2",
  }),
);
