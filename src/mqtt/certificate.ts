/** What is worth saying about a server's certificate that was not accepted. Source: reliability §2.5, C10–C12. */
import type { Socket } from "node:net";
import { type PeerCertificate, TLSSocket } from "node:tls";

const maximumNames = 5;
const maximumName = 60;

/** Keeps the certificate of a TLS socket, which is gone by the time that its refusal is reported. */
export class CertificateWatch {
  private certificate: PeerCertificate | undefined;

  constructor(socket: Socket) {
    if (!(socket instanceof TLSSocket)) return;
    // Node judges the certificate in its own listener of this event, so ours must come before.
    socket.prependOnceListener("secure", () => {
      this.certificate = socket.getPeerCertificate();
    });
  }

  /** A few words for the codes that a certificate explains, or nothing. Holds no remote text but plain names. */
  detail(code: string): string {
    return this.certificate === undefined ? "" : certificateDetail(code, this.certificate);
  }
}

export function certificateDetail(code: string, certificate: Partial<PeerCertificate>): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return `valid until ${day(certificate.valid_to)}`;
    case "CERT_NOT_YET_VALID":
      return `valid from ${day(certificate.valid_from)}`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `made for ${names(certificate)}`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return `made for ${plain(one(certificate.subject?.CN))}, issued by ${plain(one(certificate.issuer?.CN))}`;
    default:
      return "";
  }
}

function names({ subjectaltname, subject }: Partial<PeerCertificate>): string {
  const listed = subjectaltname
    ?.split(", ")
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ""));
  const all = listed ?? [one(subject?.CN)];
  const shown = all.slice(0, maximumNames).map(plain).join(", ");
  return all.length > maximumNames ? `${shown} and ${all.length - maximumNames} more` : shown;
}

/** A subject may hold a field several times. */
function one(field: string | string[] | undefined): string {
  return (Array.isArray(field) ? field[0] : field) ?? "";
}

/** Only what can stand in names: the text may reach a notification, where brackets make links (reliability A24). */
function plain(text: string): string {
  const safe = text.replace(/[^\w .:*-]/g, "?");
  if (safe === "") return "no name";
  return safe.length > maximumName ? `${safe.slice(0, maximumName)}…` : safe;
}

function day(date: string | undefined): string {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? "an unreadable date" : new Date(time).toISOString().slice(0, 10);
}
