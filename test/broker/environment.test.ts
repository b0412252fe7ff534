/**
 * The key goes only to a server that proved who it is, whatever the process's environment says, over MQTT and over HTTP.
 * Each case is a process of its own. Source: reliability R14, A20, C18.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer as createHttpsServer, type Server } from "node:https";
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
} from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { canaryKey, findCanary } from "../support/canary";
import { makeCertificates, type Certificates, type Identity } from "../support/certificates";
import { ScriptedBroker, serveAll } from "../support/scriptedBroker";

interface Outcome {
  readonly mqtt: string;
  readonly rights: string;
}

describe("The environment", function () {
  this.timeout(30_000);
  let certificates: Certificates;
  let proxy: TcpServer;
  let proxied: Buffer[];

  before(async () => {
    certificates = makeCertificates();
    proxy = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        proxied.push(chunk);
        socket.end("HTTP/1.1 200 Connection established\r\n\r\n");
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  });
  beforeEach(() => (proxied = []));
  after(() => {
    proxy.close();
    certificates.dispose();
  });

  /** What became of the key, and every byte that the servers were told after TLS. */
  async function run(identity: Identity, environment: Readonly<Record<string, string>>) {
    const received: Buffer[] = [];
    const api: Server = createHttpsServer(identity, (request, response) => {
      received.push(Buffer.from(request.rawHeaders.join("\n")));
      response.end("{}");
    });
    await new Promise<void>((resolve) => api.listen(0, "localhost", resolve));
    const broker = await ScriptedBroker.start({ script: serveAll, tls: identity });
    const ports = [broker.port, (api.address() as AddressInfo).port, proxyPort()].map(String);
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [path.join(__dirname, "environmentChild.js"), ...ports],
        { env: { ...process.env, CHILD_API_KEY: canaryKey, ...environment } },
      );
      received.push(broker.received);
      return { outcome: JSON.parse(stdout) as Outcome, received: Buffer.concat(received) };
    } finally {
      api.close();
      await broker.drop();
    }
  }

  const proxyPort = () => (proxy.address() as AddressInfo).port;
  const proxyUrl = () => `http://127.0.0.1:${proxyPort()}`;

  const environments: readonly (readonly [name: string, () => Readonly<Record<string, string>>])[] =
    [
      ["nothing special", () => ({})],
      ["NODE_TLS_REJECT_UNAUTHORIZED=0", () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })],
      [
        "NODE_EXTRA_CA_CERTS with the server's own certificate",
        () => ({ NODE_EXTRA_CA_CERTS: certificates.selfSigned.certFile }),
      ],
      [
        "--use-openssl-ca with SSL_CERT_FILE",
        () => ({
          NODE_OPTIONS: "--use-openssl-ca",
          SSL_CERT_FILE: certificates.selfSigned.certFile,
        }),
      ],
      [
        "proxies",
        () => ({
          ...{ HTTPS_PROXY: proxyUrl(), https_proxy: proxyUrl(), HTTP_PROXY: proxyUrl() },
          ...{ http_proxy: proxyUrl(), ALL_PROXY: proxyUrl(), all_proxy: proxyUrl() },
          ...{ NODE_USE_ENV_PROXY: "1", NO_PROXY: "", no_proxy: "" },
          NODE_TLS_REJECT_UNAUTHORIZED: "0",
        }),
      ],
    ];
  for (const [name, environment] of environments) {
    it(`sends no byte of the key to a self-signed server with ${name} (C18)`, async () => {
      const { outcome, received } = await run(certificates.selfSigned, environment());
      assert.equal(outcome.mqtt, "DEPTH_ZERO_SELF_SIGNED_CERT");
      assert.match(outcome.rights, /DEPTH_ZERO_SELF_SIGNED_CERT/);
      assert.equal(received.length, 0);
      assert.deepEqual(proxied, []);
    });
  }

  it("sends it to a server that proves itself, past every proxy (C13, C18)", async () => {
    const { outcome, received } = await run(certificates.server, {
      CHILD_CA: certificates.ca.cert,
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      HTTPS_PROXY: proxyUrl(),
    });
    assert.deepEqual(outcome, { mqtt: "connected", rights: "status 200" });
    assert.notDeepEqual(findCanary(received.toString("latin1")), []);
    assert.deepEqual(proxied, []);
  });

  it("agrees on no TLS older than 1.2, however the process was started (C21)", async () => {
    const old = {
      ...certificates.server,
      ...{ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
    } as const;
    const { outcome, received } = await run(old, {
      CHILD_CA: certificates.ca.cert,
      NODE_OPTIONS: "--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0",
    });
    assert.match(outcome.mqtt, /^(?:EPROTO|ERR_SSL_\w+)$/);
    assert.match(outcome.rights, /EPROTO|ERR_SSL_/);
    assert.equal(received.length, 0);
  });
});
