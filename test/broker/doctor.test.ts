/** The connection check against real servers: each fault is named at its step, with its fix. */
import assert from "node:assert/strict";
import { createServer as createHttpsServer, type Server } from "node:https";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { CheckId, CheckStep } from "../../src/model/checkSteps";
import { checkConnection } from "../../src/doctor/doctor";
import { judgeRights, rightsUrl } from "../../src/doctor/rights";
import {
  createApplicationServer,
  type ApplicationServer,
} from "../../src/demo/server/applicationServer";
import { startAttempt } from "../../src/mqtt/attempt";
import type { ServerAddress } from "../../src/mqtt/socket";
import { systemClock } from "../../src/util/clock";
import { makeCertificates, type Certificates } from "../support/certificates";

const uid = "app1@tenant1";

describe("The connection check", () => {
  let certificates: Certificates;
  let server: ApplicationServer;
  let key: string;
  let api: Server;
  let rights: { status: number; body: string };
  let seenAuthorization: string[];

  before(async () => {
    certificates = makeCertificates();
    server = await createApplicationServer({ tls: certificates.server });
    server.addApplication({ uid });
    server.network.addEndDevice(uid, { deviceId: "dev1" });
    key = server.addApiKey(uid);
    api = createHttpsServer(certificates.server, (request, response) => {
      seenAuthorization.push(request.headers.authorization ?? "");
      response.writeHead(rights.status).end(rights.body);
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  });

  beforeEach(() => {
    seenAuthorization = [];
    rights = {
      status: 200,
      body: JSON.stringify({
        rights: ["RIGHT_APPLICATION_TRAFFIC_READ", "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"],
      }),
    };
  });

  after(async () => {
    api.close();
    await server.close();
    certificates.dispose();
  });

  function address(changes: Partial<ServerAddress> = {}): ServerAddress {
    return {
      host: "localhost",
      port: server.port,
      security: "tls",
      extraCertificates: certificates.ca.cert,
      allowPlaintext: false,
      ...changes,
    };
  }

  async function check(
    changes: Partial<ServerAddress> = {},
    login: { userName?: string; apiKey?: string | undefined } = {},
  ) {
    const reports: (readonly CheckStep[])[] = [];
    const apiKey = "apiKey" in login ? login.apiKey : key;
    const steps = await checkConnection(
      { address: address(changes), userName: login.userName ?? uid, filters: ["#"] },
      {
        clock: systemClock,
        startAttempt: (options, listener) => Promise.resolve(startAttempt(options, listener)),
        readApiKey: () => Promise.resolve(apiKey),
        report: (now) => {
          reports.push(now);
          const message = now.find(({ id }) => id === "message");
          const device = server.network.endDevice(uid, "dev1");
          if (message?.state === "running" && device) server.network.uplink(device);
        },
        rightsUrl: new URL(`https://localhost:${(api.address() as AddressInfo).port}/`),
      },
    );
    return { steps, reports };
  }

  function states(steps: readonly CheckStep[]) {
    return Object.fromEntries(steps.map(({ id, state }) => [id, state]));
  }

  function step(steps: readonly CheckStep[], id: CheckId): CheckStep {
    const found = steps.find((each) => each.id === id);
    assert.ok(found);
    return found;
  }

  it("tells every step live when all is right, and publishes nothing", async () => {
    const { steps, reports } = await check();
    assert.deepEqual(states(steps), {
      name: "ok",
      tcp: "ok",
      tls: "ok",
      login: "ok",
      rights: "ok",
      subscription: "ok",
      message: "ok",
    });
    assert.match(step(steps, "tls").detail, /TLSv1\.\d, issued by Test CA, valid until/);
    for (const { id } of steps) {
      assert.ok(
        reports.some((now) => ["running", "ok"].includes(step(now, id).state)),
        id,
      );
    }
    assert.deepEqual(server.records, []);
    assert.deepEqual(seenAuthorization, [`Bearer ${key}`]);
  });

  it("names an unknown host and skips the rest", async () => {
    const { steps } = await check({ host: "nowhere.invalid" });
    assert.equal(step(steps, "name").state, "failed");
    assert.match(step(steps, "name").detail, /nowhere\.invalid/);
    assert.equal(step(steps, "name").action, "edit");
    assert.equal(step(steps, "message").state, "skipped");
  });

  it("names a port where nothing listens", async () => {
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const { steps } = await check({ port });
    assert.equal(step(steps, "tcp").state, "failed");
    assert.equal(step(steps, "tls").state, "skipped");
  });

  it("names a private CA and asks for its file", async () => {
    const { steps } = await check({ extraCertificates: undefined });
    assert.match(step(steps, "tls").detail, /unknown CA/);
    assert.match(step(steps, "tls").fix ?? "", /CA file/);
    assert.equal(step(steps, "login").state, "skipped");
  });

  for (const [name, pattern] of [
    ["expired", /expired/],
    ["notYetValid", /not valid yet/],
    ["wrongName", /not for localhost/],
    ["selfSigned", /self-signed/],
  ] as const) {
    it(`names a certificate that is ${name}`, async () => {
      const other = createTlsServer(certificates[name]);
      await new Promise<void>((resolve) => other.listen(0, "localhost", resolve));
      const { steps } = await check({ port: (other.address() as AddressInfo).port });
      other.close();
      assert.equal(step(steps, "tls").state, "failed");
      assert.match(step(steps, "tls").detail, pattern);
      assert.deepEqual(seenAuthorization, []);
    });
  }

  it("names a plain port used with TLS", async () => {
    const plain = await createApplicationServer();
    const { steps } = await check({ host: "127.0.0.1", port: plain.port });
    await plain.close();
    assert.equal(step(steps, "tls").state, "failed");
    assert.match(step(steps, "tls").fix ?? "", /port|TLS/);
  });

  it("names a refused login and asks for the rights all the same", async () => {
    rights = { status: 401, body: "{}" };
    const { steps } = await check({}, { apiKey: server.addApiKey(uid, []) });
    assert.equal(step(steps, "login").state, "failed");
    assert.match(step(steps, "login").detail, /not authorized/);
    assert.equal(step(steps, "rights").state, "failed");
    assert.match(step(steps, "rights").detail, /does not know this key/);
    assert.equal(step(steps, "subscription").state, "skipped");
  });

  it("names a missing key", async () => {
    const { steps } = await check({}, { apiKey: undefined });
    assert.match(step(steps, "login").detail, /no API key/);
    assert.equal(step(steps, "login").action, "setApiKey");
  });

  it("does not wait for a message when the key may not read", async () => {
    rights.body = JSON.stringify({ rights: ["RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE"] });
    const { steps } = await check();
    assert.equal(step(steps, "rights").state, "failed");
    assert.match(step(steps, "rights").fix ?? "", /Read application traffic/);
    assert.equal(step(steps, "message").state, "skipped");
  });

  it("warns when the key may read but not send", async () => {
    rights.body = JSON.stringify({ rights: ["RIGHT_APPLICATION_TRAFFIC_READ"] });
    const { steps } = await check();
    assert.equal(step(steps, "rights").state, "warning");
    assert.equal(step(steps, "message").state, "ok");
  });

  it("says what cannot be known when the API does not answer as one", () => {
    const url = new URL("https://stack.example.com/");
    for (const answer of [
      { code: "ECONNREFUSED" },
      { status: 302, body: "" },
      { status: 500, body: "" },
      { status: 200, body: "<html>" },
      { status: 200, body: "[]" },
    ]) {
      const { state, detail } = judgeRights(answer, url);
      assert.equal(state, "unknown");
      assert.match(detail ?? "", /cannot be asked/);
    }
  });

  it("asks public clusters on eu1 and every other server on its own host", () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ["nam1.cloud.thethings.network", "soil@ttn", "eu1.cloud.thethings.network"],
      ["au1.cloud.thethings.industries", "soil@acme", "acme.eu1.cloud.thethings.industries"],
      ["acme.nam1.cloud.thethings.industries", "soil@acme", "acme.eu1.cloud.thethings.industries"],
      ["lorawan.example.com", "soil", "lorawan.example.com"],
      [
        "x.cloud.thethings.network.evil.example",
        "soil@ttn",
        "x.cloud.thethings.network.evil.example",
      ],
    ];
    for (const [host, application, expected] of cases) {
      const url = rightsUrl(host, application);
      assert.equal(url.host, expected);
      assert.equal(url.pathname, "/api/v3/applications/soil/rights");
    }
  });
});
