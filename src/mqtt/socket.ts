/** Opens the TCP or TLS connection to a server. Certificates are always verified. Source: reliability R14, §4.3. */
import { lookup as systemLookup } from "node:dns";
import { BlockList, connect as connectTcp, isIP, type LookupFunction, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { isProven, tlsOptions } from "./tlsOptions";

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
  return isPlaintext(address) ? "connect" : "secureConnect";
}

/** True when the key may be sent: asked after {@link readyEvent}, of a socket that {@link openSocket} made. */
export function mayCarryKey(socket: Socket, address: ServerAddress): boolean {
  return isPlaintext(address) || isProven(socket);
}

/** Starts connecting; errors come as the socket's `error` event. `lookup` resolves names, as the system does. */
export function openSocket(address: ServerAddress, lookup: LookupFunction = systemLookup): Socket {
  const { host, port } = address;
  if (!isPlaintext(address)) {
    return connectTls({ host, port, lookup, ...tlsOptions(address) });
  }
  if (address.allowPlaintext) return connectTcp({ host, port, lookup });
  if (isIP(host) !== 0 && !isLoopback(host)) {
    return new Socket().destroy(new PlaintextRefused("plaintext"));
  }
  return connectTcp({ host, port, lookup: loopbackOnly(lookup) });
}

/** Only the exact word is plaintext: anything unexpected is TLS (reliability §2.1 `protocol`, C16). */
function isPlaintext({ security }: ServerAddress): boolean {
  return security === "plaintext";
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
function loopbackOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const addresses = typeof address === "string" ? [{ address }] : address;
      if (error || addresses.every((each) => isLoopback(each.address))) {
        callback(error, address, family);
      } else {
        callback(new PlaintextRefused("plaintext"), []);
      }
    });
  };
}
