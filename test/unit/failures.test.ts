/** Codes into classes and words. Source: reliability §2.5. */
import assert from "node:assert/strict";
import { certificateDetail } from "../../src/mqtt/certificate";
import { codeOf } from "../../src/mqtt/errorCode";
import type { AttemptEnd } from "../../src/mqtt/attemptEnd";
import { failureOf } from "../../src/mqtt/failures";

const end: AttemptEnd = {
  ...{ phase: "socket", code: "CLOSED", detail: "", security: "tls", keyWorkedBefore: false },
  ...{ host: "eu1.cloud.thethings.network", port: 8883 },
};

describe("failures", () => {
  const classes: Readonly<Record<string, string>> = {
    NO_KEY: "ask",
    KEYRING: "ask",
    CA_FILE: "ask",
    EPLAINTEXT: "ask",
    CONNACK_1: "ask",
    CONNACK_2: "ask",
    CONNACK_3: "slow",
    CONNACK_4: "ask",
    CONNACK_5: "ask",
    SUBACK_128: "ask",
    EMQTTPROTO: "retry",
    DEPTH_ZERO_SELF_SIGNED_CERT: "ask",
    SELF_SIGNED_CERT_IN_CHAIN: "ask",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "ask",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "ask",
    CERT_HAS_EXPIRED: "ask",
    CERT_NOT_YET_VALID: "ask",
    ERR_TLS_CERT_ALTNAME_INVALID: "ask",
    EPROTO: "ask",
    ERR_SSL_WRONG_VERSION_NUMBER: "ask",
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "ask",
    ERR_SOCKET_BAD_PORT: "ask",
    ENOTFOUND: "retry",
    EAI_AGAIN: "retry",
    ECONNREFUSED: "retry",
    ENETUNREACH: "retry",
    EHOSTUNREACH: "retry",
    ETIMEDOUT: "retry",
    ECONNRESET: "retry",
    CLOSED: "retry",
    KEEPALIVE: "retry",
    STALLED: "retry",
    RATE_LIMIT: "retry",
    TIMEOUT: "retry",
    SUBACK_TIMEOUT: "retry",
    WAKE: "retry",
  };
  for (const [code, wanted] of Object.entries(classes)) {
    it(`sorts ${code} as ${wanted} (R5)`, () => {
      const failure = failureOf({ ...end, code });
      assert.equal(failure.class, wanted);
      assert.equal(failure.code, code);
      assert.notEqual(failure.reason, "");
      assert.notEqual(failure.advice, "");
      assert.doesNotMatch(failure.reason, new RegExp(`\\(${code}\\)`), "words of its own");
    });
  }

  it("asks when a TLS code is unknown (C19, A21)", () => {
    for (const code of ["CERT_SOMETHING_NEW", "ERR_SSL_PATCHED", "ERR_TLS_X", "UNABLE_TO_X"]) {
      assert.equal(failureOf({ ...end, code }).class, "ask");
    }
  });

  it("retries when any other code is unknown", () => {
    for (const code of ["EWEIRD", "constructor", "__proto__", "toString"]) {
      assert.equal(failureOf({ ...end, code }).class, "retry");
    }
  });

  it("passes nothing of a library error but a plain code (A5)", () => {
    assert.equal(codeOf(Object.assign(new Error("secret"), { code: "ECONNRESET" })), "ECONNRESET");
    assert.equal(codeOf(Object.assign(new Error("secret"), { code: "se cret" })), "UNKNOWN");
    assert.equal(codeOf(Object.assign(new Error("secret"), { code: 5 })), "CONNACK_5");
    for (const odd of [undefined, null, "secret", 5, {}, new Error("secret")]) {
      assert.equal(codeOf(odd), "UNKNOWN");
    }
  });

  it("keeps names of a certificate to what can stand in names (A24, C12)", () => {
    const detail = certificateDetail("ERR_TLS_CERT_ALTNAME_INVALID", {
      subjectaltname: `DNS:[Retry](command:evil), DNS:${"x".repeat(300)}.example, DNS:\u202Eevil`,
    });
    assert.doesNotMatch(detail, /[[\]()<>$]|\u202e/);
    assert(detail.length < 250);
  });

  it("throws nothing when a certificate holds nothing", () => {
    for (const code of Object.keys(classes)) {
      assert.equal(typeof certificateDetail(code, {}), "string");
    }
  });
});
