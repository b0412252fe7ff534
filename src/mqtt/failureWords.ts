/** What to say and do for each code of a failed connection. Source: reliability §2.5, tts-mqtt §1.6. */
import { isGivenUp, isTellingFraming, isTellingSilence, type AttemptEnd } from "./attemptEnd";
import { tlsGreeting } from "./greeting";
import { tlsWords } from "./tlsWords";
import { words, type Words, type WordsOf } from "./words";

export const failureWords: Readonly<Record<string, WordsOf | undefined>> = {
  NO_KEY: () =>
    words(
      "ask",
      "no API key on this machine",
      "Enter the API key again. It is kept in the system's keyring.",
      "setApiKey",
    ),
  KEY_LOST: () =>
    words(
      "ask",
      "the API key is gone from this machine",
      "Enter it again. Without a working system keyring VS Code keeps keys only until it is closed.",
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
  CONNACK_4: refusedWords,
  CONNACK_5: refusedWords,
  SUBACK_128: () =>
    words(
      "ask",
      "the server refused the subscription",
      "The key may belong to another application.",
      "check",
    ),
  EMQTTPROTO: framingWords,
  ...tlsWords,
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
  ECONNRESET: (end) => retryWords("the server cut the connection", end),
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
  RATE_LIMIT: () =>
    words(
      "retry",
      "the server closed the connection right after a downlink, as it does beyond its rate limit",
      "It has thrown that downlink away. Downlinks wait a minute from then: sooner it would close again.",
      undefined,
    ),
  STALLED: () =>
    words("retry", "the server stopped in the middle of a message", nextFollows, undefined),
  WAKE: () =>
    words("retry", "this machine was asleep or its clock was set", nextFollows, undefined),
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

/** Code 5 says anything from a wrong key to an internal failure of the server (tts-mqtt §1.6). */
function refusedWords(end: AttemptEnd): Words {
  if (end.keyWorkedBefore && isGivenUp(end)) {
    return words(
      "ask",
      "the server refuses the key, although it worked before",
      "The key may have been revoked, or the server has trouble. Enter a new key, or connect again later.",
      "setApiKey",
    );
  }
  if (end.keyWorkedBefore) {
    return words(
      "slow",
      "the server refuses the key, although it worked before",
      "The key may have been revoked, or the server has trouble. A new attempt follows slowly.",
      "setApiKey",
    );
  }
  if (end.keyIsFresh) {
    return words(
      "slow",
      "not authorized yet",
      "The server remembers a refusal for two minutes. The next attempts follow by themselves.",
      "setApiKey",
    );
  }
  const tenant = end.host.endsWith(".cloud.thethings.network")
    ? " On The Things Network the application id ends in @ttn."
    : "";
  return words(
    "ask",
    "not authorized",
    `The server does not say why: wrong API key, application id, tenant part or cluster, or a key without rights.${tenant}`,
    "setApiKey",
  );
}

function framingWords(end: AttemptEnd): Words {
  const { detail, phase, port, security } = end;
  const isTls = security === "plaintext" && phase === "login" && detail === tlsGreeting;
  return words(
    isTellingFraming(end) ? "ask" : "retry",
    `the server sent ${detail}`,
    isTls
      ? `Does port ${port} expect TLS? Then choose TLS.`
      : `This is not MQTT 3.1.1. Check host and port: ${usualPort(security)}.`,
    "edit",
  );
}

function usualPort(security: AttemptEnd["security"]): string {
  return security === "tls" ? "usually 8883" : "usually 1883 without TLS, 8883 with it";
}

const nextFollows = "The next attempt follows by itself.";

function retryWords(reason: string, end: AttemptEnd): Words {
  return isTellingSilence(end)
    ? words("retry", reason, portHint(end), "edit")
    : words("retry", reason, nextFollows, undefined);
}

/** Said only when it happened several times, since a busy server does the same (tts-mqtt §1.6, §1.7). */
function portHint({ security, port }: AttemptEnd): string {
  return security === "tls"
    ? `Is ${port} the TLS port? Usually it is 8883. A firewall, or too many connections from this address, look the same.`
    : `Does port ${port} expect TLS? Then choose TLS. Too many connections from this address look the same.`;
}

function timeoutWords(end: AttemptEnd): Words {
  const { phase, security, port, host } = end;
  if (phase !== "socket") return retryWords("the server did not answer the login in time", end);
  return security === "tls"
    ? retryWords(`${host}:${port} does not answer in TLS`, end)
    : words("retry", `${host} does not answer`, "A firewall may block the port.", "check");
}

function closedWords(end: AttemptEnd): Words {
  return retryWords(
    end.phase === "connected" || end.phase === "subscribe"
      ? "the server closed the connection"
      : "the server closed the connection before login",
    end,
  );
}
