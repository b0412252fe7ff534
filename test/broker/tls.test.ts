/** Certificates, names, TLS versions and plaintext: to whom the key may travel. Source: reliability R14, C10–C21. */
import assert from "node:assert/strict";
import {
  connect as connectTcp,
  getDefaultAutoSelectFamily,
  setDefaultAutoSelectFamily,
} from "node:net";
import type { LookupFunction, Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { TlsOptions } from "node:tls";
import { openSocket, type ServerAddress } from "../../src/mqtt/socket";
import { canaryKey } from "../support/canary";
import { makeCertificates, wrongNames, type Certificates } from "../support/certificates";
import { eventually, turns, within } from "../support/conditions";
import { FaultProxy } from "../support/faultProxy";
import { handles, noMoreThan, type Handles } from "../support/leakCheck";
import { ScriptedBroker, serveAll, type Step } from "../support/scriptedBroker";
import { addressOf, closeSupervisors, SupervisorRecord } from "../support/wire";

/** Resolves every name to one address, without any DNS. */
function resolvesTo(address: string): LookupFunction {
  return (_host, options, callback) => {
    const family = address.includes(":") ? 6 : 4;
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

const ownAddress = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

describe("TLS and plaintext", () => {
  let certificates: Certificates;
  let atStart: Handles;
  const closers: (() => Promise<unknown>)[] = [];

  before(function () {
    this.timeout(20_000);
    certificates = makeCertificates();
  });
  after(() => certificates.dispose());
  beforeEach(() => (atStart = handles()));
  afterEach(async () => {
    await within(3_000, closeSupervisors());
    for (const close of closers.splice(0)) await close();
    await noMoreThan(atStart);
  });

  async function tlsServer(tls: TlsOptions, script: readonly Step[] = serveAll) {
    const server = await ScriptedBroker.start({ script, tls });
    closers.push(() => server.stop());
    return server;
  }

  /** Everything on the wire is recorded by a proxy between client and server. */
  async function recorded(server: ScriptedBroker): Promise<FaultProxy> {
    const proxy = await FaultProxy.start(server.port);
    closers.unshift(() => proxy.stop());
    return proxy;
  }

  function tlsAddress(port: number, more: Partial<ServerAddress> = {}): ServerAddress {
    const extraCertificates = certificates.ca.cert;
    return addressOf(port, { host: "localhost", security: "tls", extraCertificates, ...more });
  }

  it("connects when the private CA is in the CA file (C13)", async () => {
    const server = await tlsServer(certificates.server);
    const record = new SupervisorRecord(tlsAddress(server.port));
    record.supervisor.connect();
    await record.phase("connected");
    assert(server.received.includes(canaryKey));
  });

  const refused: readonly {
    readonly name: string;
    readonly identity: (all: Certificates) => TlsOptions;
    readonly address?: Partial<ServerAddress>;
    readonly code: RegExp;
    readonly reason: RegExp;
  }[] = [
    {
      name: "the certificate is self-signed (C10)",
      identity: ({ selfSigned }) => selfSigned,
      code: /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
      reason: /self-signed \(made for localhost, issued by localhost\)/,
    },
    {
      name: "the CA is unknown and there is no CA file (C13)",
      identity: ({ server }) => server,
      address: { extraCertificates: undefined },
      code: /^UNABLE_TO_VERIFY_LEAF_SIGNATURE$/,
      reason: /unknown CA \(made for server, issued by Test CA\)/,
    },
    {
      name: "the certificate has expired (C11)",
      identity: ({ expired }) => expired,
      code: /^CERT_HAS_EXPIRED$/,
      reason: /has expired \(valid until \d{4}-02-03\)/,
    },
    {
      name: "the certificate is not valid yet (C11)",
      identity: ({ notYetValid }) => notYetValid,
      code: /^CERT_NOT_YET_VALID$/,
      reason: /not valid yet \(valid from \d{4}-02-03\)/,
    },
    {
      name: "the certificate is for other names (C12)",
      identity: ({ wrongName }) => wrongName,
      code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
      reason:
        /not for localhost \(made for a\.example, b\.example, .*, d\.example, e\.example and 2 more\)/,
    },
    {
      name: "an IP address is not in the certificate (C14)",
      identity: ({ wrongName }) => wrongName,
      address: { host: "127.0.0.1" },
      code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
      reason: /not for 127\.0\.0\.1/,
    },
    {
      name: "the server speaks TLS 1.1 at most (C21)",
      identity: ({ server }) => ({
        ...server,
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      }),
      code: /^(?:EPROTO|ERR_SSL_\w+)$/,
      reason: /TLS could not be agreed on/,
    },
  ];
  for (const { name, identity, address, code, reason } of refused) {
    it(`asks, and sends no byte of the key, when ${name}`, async () => {
      const server = await tlsServer(identity(certificates));
      const proxy = await recorded(server);
      let keyReads = 0;
      const record = new SupervisorRecord(tlsAddress(proxy.port, address), undefined, {
        readApiKey: () => {
          keyReads++;
          return Promise.resolve(canaryKey);
        },
      });
      record.supervisor.connect();
      const { failure } = await record.phase("failed");
      assert.equal(failure.class, "ask");
      assert.match(failure.code, code);
      assert.match(failure.reason, reason);
      for (const hostile of wrongNames.filter((each) => each.includes("["))) {
        assert(!failure.reason.includes(hostile));
      }
      assert.doesNotMatch(failure.reason + failure.advice, /[[\]<>]/);
      assert.equal(keyReads, 0);
      assert.equal(server.received.length, 0);
      assert(!Buffer.concat(proxy.toServer).includes(canaryKey));
    });
  }

  it("asks when the server demands a client certificate (C15)", async () => {
    const server = await tlsServer({
      ...certificates.server,
      ca: certificates.ca.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const record = new SupervisorRecord(tlsAddress(server.port));
    record.supervisor.connect();
    const { failure } = await record.phase("failed");
    assert.equal(failure.class, "ask");
    assert.match(failure.reason, /client certificate/);
  });

  it("asks when the extra certificate is none (C13)", async () => {
    const server = await tlsServer(certificates.server);
    const extraCertificates = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const record = new SupervisorRecord(tlsAddress(server.port, { extraCertificates }));
    record.supervisor.connect();
    assert.equal((await record.phase("failed")).failure.class, "ask");
  });

  for (const [host, name] of [
    ["localhost", "localhost"],
    ["broker.test", "broker.test"],
    ["127.0.0.1", ""],
  ] as const) {
    it(`verifies against ${host} and names ${name || "nothing"} in the ClientHello (C14)`, async () => {
      const server = await tlsServer(certificates.server);
      const proxy = await recorded(server);
      const record = new SupervisorRecord(tlsAddress(proxy.port, { host }), undefined, undefined, {
        open: (to) => openSocket(to, resolvesTo("127.0.0.1")),
      });
      record.supervisor.connect();
      await record.phase("connected");
      assert.equal(serverNameOf(Buffer.concat(proxy.toServer)), name);
    });
  }

  it("never has the key on the wire in the clear when TLS is used (C10, X01)", async () => {
    const server = await tlsServer(certificates.server);
    const proxy = await recorded(server);
    const record = new SupervisorRecord(tlsAddress(proxy.port));
    record.supervisor.connect();
    await record.phase("connected");
    assert(server.received.includes(canaryKey));
    assert(!Buffer.concat(proxy.toServer).includes(canaryKey.slice(-16)));
  });

  it("verifies all the same when the environment says not to (C18)", async () => {
    const server = await tlsServer(certificates.selfSigned);
    const listener = await ScriptedBroker.start({ script: ["ignore"] });
    closers.push(() => listener.stop());
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    process.env.MQTTJS_SOCKS_PROXY = `socks5://127.0.0.1:${listener.port}`;
    try {
      const record = new SupervisorRecord(tlsAddress(server.port));
      record.supervisor.connect();
      assert.equal((await record.phase("failed")).failure.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
      assert.equal(listener.connections.length, 0);
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      delete process.env.MQTTJS_SOCKS_PROXY;
    }
  });

  it("waits, and hints at the port the third time, when a TLS client meets a silent port (C20)", async () => {
    const server = await ScriptedBroker.start({ script: ["ignore"] });
    closers.push(() => server.stop());
    const record = new SupervisorRecord(tlsAddress(server.port));
    record.supervisor.connect();
    for (let attempt = 1; attempt <= 3; attempt++) {
      await server.connection(attempt - 1);
      record.clock.advance(15_000);
      const { failure } = await record.phase("waiting");
      assert.equal(failure.code, "TIMEOUT");
      assert.equal(failure.advice.includes("TLS port?"), attempt === 3);
      await record.passWait();
    }
  });

  for (const greeting of ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.6\r\n"]) {
    it(`says that the port speaks no TLS when it says ${greeting.slice(0, 8)} (C39)`, async () => {
      const server = await ScriptedBroker.start({
        script: [{ send: Buffer.from(greeting) }, "ignore"],
      });
      closers.push(() => server.stop());
      const record = new SupervisorRecord(tlsAddress(server.port));
      record.supervisor.connect();
      const { failure } = await record.phase("failed");
      assert.match(failure.reason, /answers, but not in TLS/);
      assert(!server.received.includes(canaryKey));
    });
  }

  it("waits, and hints at TLS, when a plain client meets a TLS port (C20)", async () => {
    const server = await tlsServer(certificates.server);
    const record = new SupervisorRecord(addressOf(server.port));
    record.supervisor.connect();
    let advice = "";
    for (let attempt = 1; attempt <= 3; attempt++) {
      const { failure } = await record.phase("waiting").catch(() => record.phase("failed"));
      ({ advice } = failure);
      if (attempt < 3) await record.passWait();
    }
    assert.match(advice, /expect TLS/);
  });

  it("waits without exception when TLS ends without close_notify (M18)", async () => {
    const server = await tlsServer(certificates.server);
    const proxy = await recorded(server);
    const record = new SupervisorRecord(tlsAddress(proxy.port));
    record.supervisor.connect();
    await record.phase("connected");
    proxy.cut();
    assert.equal((await record.phase("waiting")).failure.class, "retry");
  });

  describe("plaintext (C16, R14)", () => {
    async function listener(host: string): Promise<ScriptedBroker> {
      const server = await ScriptedBroker.start({ script: serveAll, host });
      closers.push(() => server.stop());
      return server;
    }

    /** Connects with a resolver that maps every name to `address`; returns the record. */
    function start(address: ServerAddress, resolved: string): SupervisorRecord {
      const record = new SupervisorRecord(address, undefined, undefined, {
        open: (to) => openSocket(to, resolvesTo(resolved)),
      });
      record.supervisor.connect();
      return record;
    }

    it("is used without consent when the address is this machine's loopback", async () => {
      const server = await listener("127.0.0.1");
      const record = start(addressOf(server.port, { host: "localhost" }), "127.0.0.1");
      await record.phase("connected");
    });

    for (const [name, host] of [
      ["an address that is not loopback", undefined],
      ["a name that resolves beyond loopback", "farm.example"],
      ["localhost that resolves beyond loopback", "localhost"],
    ] as const) {
      it(`sends no byte without consent to ${name}`, async function () {
        if (ownAddress === undefined) this.skip(); // this machine has only loopback
        const server = await listener(ownAddress);
        const address = addressOf(server.port, { host: host ?? ownAddress });
        const record = start(address, ownAddress);
        assert.equal((await record.phase("failed")).failure.code, "EPLAINTEXT");
        await turns(20);
        assert.equal(server.connections.length, 0);
      });
    }

    it("sends no byte when only one of several addresses is loopback", async function () {
      if (ownAddress === undefined) this.skip(); // this machine has only loopback
      const server = await listener(ownAddress);
      const both: LookupFunction = (_host, _options, callback) =>
        callback(null, [
          { address: "127.0.0.1", family: 4 },
          { address: ownAddress, family: 4 },
        ]);
      const address = addressOf(server.port, { host: "both.example" });
      const record = new SupervisorRecord(address, undefined, undefined, {
        open: (to) => openSocket(to, both),
      });
      record.supervisor.connect();
      assert.equal((await record.phase("failed")).failure.code, "EPLAINTEXT");
      assert.equal(server.connections.length, 0);
    });

    it("reaches another address when the user has agreed", async function () {
      if (ownAddress === undefined) this.skip(); // this machine has only loopback
      const server = await listener(ownAddress);
      const address = addressOf(server.port, { host: ownAddress, allowPlaintext: true });
      await start(address, ownAddress).phase("connected");
    });

    for (const word of ["mqtt", "MQTTS", "https", "tlss", "", "ws", "PLAINTEXT"]) {
      it(`is never used for the word ${JSON.stringify(word)}`, async () => {
        const server = await ScriptedBroker.start({ script: ["ignore"] });
        closers.push(() => server.stop());
        const security = word as unknown as ServerAddress["security"];
        const address = addressOf(server.port, { security, allowPlaintext: true });
        const record = start(address, "127.0.0.1");
        const connection = await server.connection(0);
        await eventually("the first bytes", () => connection.chunks.length > 0);
        assert.equal(connection.chunks[0]?.[0], 0x16); // a TLS handshake record
        assert(!server.received.includes(canaryKey.slice(-16)));
        await record.supervisor.disconnect();
      });
    }

    it("works too when Node asks for one address instead of a list (C38)", async () => {
      const server = await listener("127.0.0.1");
      const usual = getDefaultAutoSelectFamily();
      setDefaultAutoSelectFamily(false); // editors have switched this for all of the process
      try {
        const record = start(addressOf(server.port, { host: "localhost" }), "127.0.0.1");
        await record.phase("connected");
      } finally {
        setDefaultAutoSelectFamily(usual);
      }
    });
  });

  it("has no uncaught error when a socket fails twice (R7)", async () => {
    const sockets: Socket[] = [];
    const record = new SupervisorRecord(addressOf(1), undefined, undefined, {
      open: ({ port, host }) => {
        const socket = connectTcp({ port, host });
        sockets.push(socket);
        return socket;
      },
    });
    record.supervisor.connect();
    await record.phase("waiting");
    for (const socket of sockets) socket.emit("error", new Error("an echo"));
    assert.equal(sockets.length, 1);
  });
});

/** The name in the ClientHello, or "" without one. A plain search is enough: names stand in it readable. */
function serverNameOf(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  return ["localhost", "broker.test", "127.0.0.1"].find((name) => text.includes(name)) ?? "";
}
