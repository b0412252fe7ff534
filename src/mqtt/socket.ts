/** Opens the TCP or TLS connection to a server. Certificates are always verified. Source: reliability R14, §4.3. */
import { lookup as resolve } from "node:dns";
import { BlockList, connect as connectTcp, isIP, type LookupFunction, Socket } from "node:net";
import { connect as connectTls, rootCertificates } from "node:tls";

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly security: "tls" | "plaintext";
  /** PEM text of certificates that are trusted beside the usual roots. */
  readonly extraCertificates: string | undefined;
  /** The user agreed that the API key travels readable to this host and port. */
  readonly allowPlaintext: boolean;
}

/** Thrown into the socket when plaintext would leave this machine without consent. */
export class PlaintextRefused extends Error {
  readonly code = "EPLAINTEXT";
}

/** The name of the event after which the server's identity is proven and the key may be sent. */
export function readyEvent(address: ServerAddress): "secureConnect" | "connect" {
  return address.security === "tls" ? "secureConnect" : "connect";
}

/** Starts connecting; errors come as the socket's `error` event. */
export function openSocket(address: ServerAddress): Socket {
  const { host, port } = address;
  if (address.security === "tls") {
    return connectTls({
      host,
      port,
      // An IP address has no server name; verification is against what the user typed either way.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(address.extraCertificates === undefined
        ? {}
        : { ca: [...rootCertificates, address.extraCertificates] }),
      rejectUnauthorized: true,
    });
  }
  if (address.allowPlaintext) return connectTcp({ host, port });
  if (isIP(host) !== 0 && !isLoopback(host)) {
    return new Socket().destroy(new PlaintextRefused("plaintext"));
  }
  return connectTcp({ host, port, lookup: loopbackOnly });
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");
loopback.addSubnet("::ffff:127.0.0.0", 104, "ipv6");

/** True for addresses that never leave this machine. */
export function isLoopback(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && loopback.check(address, version === 6 ? "ipv6" : "ipv4");
}

/** Judges the addresses, not the name: `localhost` may point anywhere. */
const loopbackOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, []);
    } else if (addresses.every(({ address }) => isLoopback(address))) {
      callback(null, addresses);
    } else {
      callback(new PlaintextRefused("plaintext"), []);
    }
  });
};
