/** The steps below MQTT: name, port, TLS. Nothing is sent in any of them, and certificates are verified as always. */
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { CertificateWatch } from "../mqtt/certificate";
import { codeOf } from "../mqtt/errorCode";
import { failureOf } from "../mqtt/failures";
import { openSocket, type ServerAddress } from "../mqtt/socket";
import type { Finding } from "../model/checkSteps";

/** Milliseconds. */
const deadline = 10_000;

export async function checkName(host: string): Promise<Finding> {
  if (isIP(host) !== 0) return { state: "ok", detail: `${host} is an address` };
  try {
    const addresses = await lookup(host, { all: true });
    const shown = addresses.slice(0, 3).map(({ address }) => address);
    return { state: "ok", detail: shown.join(", ") };
  } catch (error) {
    const code = codeOf(error);
    if (code === "EAI_AGAIN") {
      const detail = "names cannot be resolved at the moment";
      return { state: "failed", detail, fix: "Is this machine online?" };
    }
    const detail = `no address found for ${host} (${code})`;
    return { state: "failed", detail, fix: hostHint(host), action: "edit" };
  }
}

function hostHint(host: string): string {
  const cluster = /^(eu1|nam1|au1)\.(?:thethings\.network|cloud\.thethingsnetwork\.org)$/.exec(
    host,
  )?.[1];
  if (cluster !== undefined) return `The cluster's host is ${cluster}.cloud.thethings.network.`;
  return "Check the spelling of the host. The Console shows it under Integrations, MQTT.";
}

export async function checkPort(address: ServerAddress): Promise<Finding> {
  const { host, port } = address;
  const socket = connectTcp({ host, port });
  const code = await untilReady(socket, "connect");
  socket.destroy();
  if (code === undefined) return { state: "ok", detail: `${host}:${port} accepts connections` };
  if (code === "TIMEOUT") {
    return {
      state: "failed",
      detail: `port ${port} does not answer within 10 s`,
      fix: `A firewall between this machine and the server may block port ${port}.`,
    };
  }
  return failed(address, code, "");
}

/** Describes the certificate, accepted or not. */
export async function checkTls(address: ServerAddress): Promise<Finding> {
  if (address.security === "plaintext") {
    if (!address.allowPlaintext) return { state: "skipped", detail: "not used on this machine" };
    return {
      state: "warning",
      detail: "not used",
      fix: "API key and messages travel readable. Use TLS on port 8883.",
      action: "edit",
    };
  }
  const socket = openSocket(address);
  const watch = new CertificateWatch(socket);
  const code = await untilReady(socket, "secureConnect");
  const finding =
    code === undefined
      ? describeCertificate(socket)
      : tlsFailure(address, code, watch.detail(code));
  socket.destroy();
  return finding;
}

/** The port answers, so a server that says nothing in TLS most likely does not speak it there. */
function tlsFailure(address: ServerAddress, code: string, detail: string): Finding {
  const isSilent = ["CLOSED", "ECONNRESET", "TIMEOUT"].includes(code);
  return failed(address, isSilent ? "ERR_SSL_WRONG_VERSION_NUMBER" : code, detail);
}

function describeCertificate(socket: Socket): Finding {
  if (!(socket instanceof TLSSocket)) return { state: "ok" };
  const { issuer, valid_to: end } = socket.getPeerCertificate();
  // Typed as always there, but certificates without an issuer's name exist.
  const { O: organization, CN: name } = (issuer as Partial<typeof issuer> | undefined) ?? {};
  const issuedBy = [organization, name].flat().filter((part) => part !== undefined);
  const protocol = socket.getProtocol() ?? "TLS";
  return {
    state: "ok",
    detail: `${protocol}, issued by ${issuedBy.join(", ") || "an unnamed CA"}, valid until ${end}`,
  };
}

/** The same words as for a failed connection. */
function failed(address: ServerAddress, code: string, detail: string): Finding {
  const { host, port, security } = address;
  const { reason, advice, fix } = failureOf({
    ...{ phase: "socket", code, detail, host, port, security },
    keyWorkedBefore: false,
  });
  return {
    state: "failed",
    detail: reason,
    fix: advice,
    action: fix === "edit" ? "edit" : undefined,
  };
}

/** Undefined when the event came, else the code of what came instead. */
async function untilReady(socket: Socket, event: "connect" | "secureConnect") {
  return new Promise<string | undefined>((resolve) => {
    socket.setTimeout(deadline, () => resolve("TIMEOUT"));
    socket.once(event, () => resolve(undefined));
    // Stays to the end: a late error of a probe is nobody's concern.
    socket.on("error", (error) => resolve(codeOf(error)));
    socket.once("close", () => resolve("CLOSED"));
  });
}
