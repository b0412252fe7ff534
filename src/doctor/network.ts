/** The steps below MQTT: name, port, TLS. Nothing secret is sent in any of them. */
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  rootCertificates,
  type TLSSocket,
} from "node:tls";
import type { ServerAddress } from "../mqtt/socket";
import type { Finding } from "./checkSteps";

const deadline = 10_000;
const maximumNames = 5;

export async function checkName(host: string): Promise<Finding> {
  if (isIP(host) !== 0) return { state: "ok", detail: `${host} is an address` };
  try {
    const addresses = await lookup(host, { all: true });
    return {
      state: "ok",
      detail: addresses
        .slice(0, 3)
        .map(({ address }) => address)
        .join(", "),
    };
  } catch (error) {
    const code = codeOf(error);
    if (code === "EAI_AGAIN") {
      return {
        state: "failed",
        detail: "names cannot be resolved at the moment",
        fix: "Is this machine online?",
      };
    }
    return {
      state: "failed",
      detail: `no address found for ${host} (${code})`,
      fix: hostHint(host),
      action: "edit",
    };
  }
}

function hostHint(host: string): string {
  const cluster = /^(eu1|nam1|au1)\.(?:thethings\.network|cloud\.thethingsnetwork\.org)$/.exec(
    host,
  )?.[1];
  if (cluster !== undefined) return `The cluster's host is ${cluster}.cloud.thethings.network.`;
  return "Check the spelling of the host. The Console shows it under Integrations, MQTT.";
}

export async function checkPort({ host, port }: ServerAddress): Promise<Finding> {
  const end = await untilConnected(() => connectTcp({ host, port }), "connect");
  if (!("code" in end)) {
    end.socket.destroy();
    return { state: "ok", detail: `${host}:${port} accepts connections` };
  }
  if (end.code === "ECONNREFUSED") {
    return {
      state: "failed",
      detail: `nothing listens on port ${port}`,
      fix:
        port === 8883
          ? "Check the host: its MQTT server is not running."
          : "MQTT with TLS is on port 8883.",
      action: "edit",
    };
  }
  return {
    state: "failed",
    detail:
      end.code === "TIMEOUT"
        ? `port ${port} does not answer within 10 s`
        : `no connection (${end.code})`,
    fix: `A firewall between this machine and the server may block port ${port}.`,
    action: undefined,
  };
}

/**
 * Looks at the certificate. Verification is not required here only so that a bad certificate can be described: not one
 * byte is sent over this connection, and the login step verifies again, always.
 */
export async function checkTls(address: ServerAddress): Promise<Finding> {
  if (address.security === "plaintext") {
    return {
      state: "warning",
      detail: "not used",
      fix: "The API key and all messages travel readable. Use TLS on port 8883.",
      action: "edit",
    };
  }
  const { host, port, extraCertificates } = address;
  const end = await untilConnected(
    () =>
      connectTls({
        host,
        port,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(extraCertificates === undefined
          ? {}
          : { ca: [...rootCertificates, extraCertificates] }),
        rejectUnauthorized: false,
      }),
    "secureConnect",
  );
  if ("code" in end) return tlsFailure(end.code, port);
  const finding = describeCertificate(end.socket, host, extraCertificates !== undefined);
  end.socket.destroy();
  return finding;
}

function tlsFailure(code: string, port: number): Finding {
  if (
    /WRONG_VERSION_NUMBER|EPROTO|TIMEOUT|ECONNRESET|CLOSED|PACKET_LENGTH|UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|HANDSHAKE/.test(
      code,
    )
  ) {
    return {
      state: "failed",
      detail: `port ${port} does not answer in TLS 1.2 or newer (${code})`,
      fix:
        port === 1883
          ? "1883 is the port without TLS. Use 8883."
          : "Is this the TLS port? Usually it is 8883.",
      action: "edit",
    };
  }
  return {
    state: "failed",
    detail: `TLS failed (${code})`,
    fix: "Check host and port.",
    action: "edit",
  };
}

function describeCertificate(socket: TLSSocket, host: string, hasCaFile: boolean): Finding {
  const certificate = socket.getPeerCertificate();
  const issuer = certificate.issuer as { O?: string; CN?: string } | undefined;
  const issuedBy =
    [issuer?.O, issuer?.CN].filter((part) => part !== undefined).join(", ") || "an unnamed issuer";
  const valid = `valid until ${certificate.valid_to}`;
  if (socket.authorized) {
    return {
      state: "ok",
      detail: `${socket.getProtocol() ?? "TLS"}, issued by ${issuedBy}, ${valid}`,
    };
  }
  // Typed as Error, but it is the code.
  const code = String(socket.authorizationError);
  if (code === "CERT_HAS_EXPIRED") {
    return {
      state: "failed",
      detail: `the certificate expired on ${certificate.valid_to}`,
      fix: "The server's operator must renew it. Is this machine's clock right?",
    };
  }
  if (code === "CERT_NOT_YET_VALID") {
    return {
      state: "failed",
      detail: `the certificate is valid from ${certificate.valid_from}`,
      fix: "Is this machine's clock right?",
    };
  }
  if (checkServerIdentity(host, certificate) !== undefined && code.includes("ALTNAME")) {
    return {
      state: "failed",
      detail: `the certificate is for ${certificateNames(certificate.subjectaltname)}, not for ${host}`,
      fix: "Use the name that the certificate was made for.",
      action: "edit",
    };
  }
  return {
    state: "failed",
    detail: `the certificate comes from an unknown CA: issued by ${issuedBy} (${code})`,
    fix: hasCaFile
      ? "The CA file in the settings does not belong to this certificate."
      : "If the server uses a private CA, give its certificate file in the settings (CA file).",
    action: "edit",
  };
}

function certificateNames(alternatives: string | undefined): string {
  const names = (alternatives ?? "no name at all")
    .split(", ")
    .map((name) => name.replace(/^DNS:|^IP Address:/, ""));
  const shown = names.slice(0, maximumNames).join(", ");
  return names.length > maximumNames ? `${shown} and ${names.length - maximumNames} more` : shown;
}

async function untilConnected<T extends Socket>(
  open: () => T,
  event: "connect" | "secureConnect",
): Promise<{ readonly socket: T } | { readonly code: string }> {
  return new Promise((resolve) => {
    let socket: T;
    try {
      socket = open();
    } catch (error) {
      resolve({ code: codeOf(error) });
      return;
    }
    socket.setTimeout(deadline, () => {
      resolve({ code: "TIMEOUT" });
      socket.destroy();
    });
    socket.once(event, () => resolve({ socket }));
    socket.once("close", () => resolve({ code: "CLOSED" }));
    // Stays to the end: a late error of a probe is nobody's concern.
    socket.on("error", (error) => resolve({ code: codeOf(error) }));
  });
}

function codeOf(error: unknown): string {
  const code =
    typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,60}$/.test(code) ? code : "UNKNOWN";
}
