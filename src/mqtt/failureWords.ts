/** What to say and do for each code of a failed connection. Source: reliability §2.5, tts-mqtt §1.6. */
import type { ConnectionFailure, FailureClass } from "./connectionState";
import type { AttemptEnd } from "./failures";

export type Words = Omit<ConnectionFailure, "code">;

export function words(
  failureClass: FailureClass,
  reason: string,
  advice: string,
  fix: ConnectionFailure["fix"],
): Words {
  return { class: failureClass, reason, advice, fix };
}

const certificateAdvice =
  "If the server uses a private CA, give its certificate file (CA file) in the application's settings.";

export const failureWords: Readonly<Record<string, ((end: AttemptEnd) => Words) | undefined>> = {
  NO_KEY: () =>
    words(
      "ask",
      "no API key on this machine",
      "Enter the API key again. It is kept in the system's keyring.",
      "setApiKey",
    ),
  KEYRING: () =>
    words(
      "ask",
      "the system's keyring did not answer",
      "Unlock the keyring, then connect again.",
      "setApiKey",
    ),
  CA_FILE: () =>
    words(
      "ask",
      "the CA file cannot be read",
      "Choose a PEM file that exists on this machine.",
      "edit",
    ),
  EPLAINTEXT: ({ host }) =>
    words(
      "ask",
      `plaintext to ${host} was not agreed to`,
      "The API key would travel readable. Use TLS on port 8883, or edit the application and agree.",
      "edit",
    ),
  CONNACK_1: () =>
    words(
      "ask",
      "the server does not speak MQTT 3.1.1",
      "Check host and port: this is not The Things Stack's MQTT server.",
      "edit",
    ),
  CONNACK_2: () =>
    words(
      "ask",
      "the server refused the client id",
      "Check host and port: The Things Stack never does this.",
      "edit",
    ),
  CONNACK_3: () =>
    words(
      "slow",
      "the server is unavailable or its connection limit is reached",
      "Close other clients of this application, or wait.",
      undefined,
    ),
  CONNACK_4: () =>
    words("ask", "the server refused user name or key", "Enter the API key again.", "setApiKey"),
  CONNACK_5: (end) => (end.keyWorkedBefore ? refusedAgain : refused(end)),
  SUBACK_128: () =>
    words(
      "ask",
      "the server refused the subscription",
      "The key may belong to another application.",
      "check",
    ),
  EMQTTPROTO: (end) =>
    words(
      "retry",
      `the server sent ${end.detail}`,
      "This is not MQTT 3.1.1. Check host and port.",
      "check",
    ),
  DEPTH_ZERO_SELF_SIGNED_CERT: () =>
    words("ask", "the certificate is self-signed", certificateAdvice, "edit"),
  SELF_SIGNED_CERT_IN_CHAIN: () =>
    words("ask", "the certificate comes from an unknown CA", certificateAdvice, "edit"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () =>
    words("ask", "the certificate comes from an unknown CA", certificateAdvice, "edit"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () =>
    words("ask", "the certificate comes from an unknown CA", certificateAdvice, "edit"),
  CERT_HAS_EXPIRED: () =>
    words(
      "ask",
      "the server's certificate has expired",
      "The server's operator must renew it. Is this machine's clock right?",
      "check",
    ),
  CERT_NOT_YET_VALID: () =>
    words(
      "ask",
      "the server's certificate is not valid yet",
      "Is this machine's clock right?",
      "check",
    ),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) =>
    words(
      "ask",
      `the certificate is not for ${host}`,
      "Use the name that the certificate was made for.",
      "edit",
    ),
  EPROTO: ({ port }) =>
    words(
      "ask",
      "TLS could not be agreed on",
      `Either port ${port} speaks no TLS, or the server's TLS is older than 1.2.`,
      "edit",
    ),
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: () =>
    words(
      "ask",
      "the server demands a client certificate",
      "Client certificates are not supported; The Things Stack needs none.",
      "edit",
    ),
  ERR_SOCKET_BAD_PORT: () =>
    words("ask", "the port is not valid", "Use a port from 1 to 65535, usually 8883.", "edit"),
  ENOTFOUND: ({ host }) =>
    words(
      "retry",
      `no address found for ${host}`,
      "Check the host's spelling and this machine's network.",
      "edit",
    ),
  EAI_AGAIN: () =>
    words("retry", "names cannot be resolved at the moment", "Is this machine online?", undefined),
  ECONNREFUSED: ({ host, port }) =>
    words(
      "retry",
      `${host}:${port} refuses connections`,
      "Check host and port. MQTT with TLS is on 8883.",
      "edit",
    ),
  ECONNRESET: () =>
    words(
      "retry",
      "the server cut the connection",
      "The next attempt follows by itself.",
      undefined,
    ),
  ETIMEDOUT: ({ host }) =>
    words("retry", `${host} does not answer`, "A firewall may block the port.", "check"),
  ENETUNREACH: () =>
    words("retry", "the network is unreachable", "Is this machine online?", undefined),
  EHOSTUNREACH: ({ host }) =>
    words("retry", `${host} is unreachable`, "Is this machine online?", undefined),
  KEEPALIVE: () =>
    words(
      "retry",
      "the server stopped answering",
      "The next attempt follows by itself.",
      undefined,
    ),
  SUBACK_TIMEOUT: () =>
    words(
      "retry",
      "the server did not confirm the subscription",
      "The next attempt follows by itself.",
      undefined,
    ),
  TIMEOUT: timeoutWords,
  CLOSED: closedWords,
};

const refusedAgain = words(
  "slow",
  "the server refuses the key, although it worked before",
  "The key may have been revoked, or the server has trouble. A new attempt follows slowly.",
  "setApiKey",
);

function refused({ host }: AttemptEnd): Words {
  const tenant = host.endsWith(".cloud.thethings.network")
    ? " On The Things Network the application id ends in @ttn."
    : "";
  return words(
    "ask",
    "not authorized",
    `The server does not say why: wrong API key, application id, tenant part or cluster, or a key without rights.${tenant}`,
    "setApiKey",
  );
}

function timeoutWords({ phase, security, port, host }: AttemptEnd): Words {
  if (phase === "socket" && security === "tls") {
    return words(
      "retry",
      `${host}:${port} does not answer in TLS`,
      `Is ${port} the TLS port? Usually it is 8883. A firewall may also block it.`,
      "edit",
    );
  }
  if (phase === "socket")
    return words("retry", `${host} does not answer`, "A firewall may block the port.", "check");
  return words(
    "retry",
    "the server did not answer the login in time",
    "The next attempt follows by itself.",
    "check",
  );
}

function closedWords({ phase, security, port }: AttemptEnd): Words {
  if (phase === "connected")
    return words(
      "retry",
      "the server closed the connection",
      "The next attempt follows by itself.",
      undefined,
    );
  const hint =
    security === "plaintext"
      ? `Does port ${port} expect TLS? Then choose TLS.`
      : "Too many connections from this address are closed this way, too.";
  return words("retry", "the server closed the connection before login", hint, "edit");
}
