/** The connection check against real servers: each fault is named at its step, with its fix. */
import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer, type Server } from "node:https";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { CheckId, CheckStep } from "../../src/model/checkSteps";
import { checkConnection } from "../../src/doctor/doctor";
import { judgeTenant } from "../../src/doctor/tenant";
import { judgeRights } from "../../src/doctor/rights";
import { apiAddresses, apiName } from "../../src/http/apiAddresses";
import type { KeyRights } from "../../src/model/keyRights";
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
  let rights: { status: number; body: string; headers?: Record<string, string> };
  let seenAuthorization: string[];
  let seenPaths: string[];

  before(async () => {
    certificates = makeCertificates();
    server = await createApplicationServer({ tls: certificates.server });
    server.addApplication({ uid });
    server.network.addEndDevice(uid, { deviceId: "dev1" });
    key = server.addApiKey(uid);
    api = createHttpsServer(certificates.server, (request, response) => {
      seenAuthorization.push(request.headers.authorization ?? "");
      seenPaths.push(request.url ?? "");
      response.writeHead(rights.status, rights.headers).end(rights.body);
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  });

  beforeEach(() => {
    seenAuthorization = [];
    seenPaths = [];
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

  function apiAddress(changes: Partial<ServerAddress> = {}): ServerAddress {
    return address({ port: (api.address() as AddressInfo).port, ...changes });
  }

  async function check(
    changes: Partial<ServerAddress> = {},
    login: { userName?: string; apiKey?: string | undefined } = {},
    places: readonly ServerAddress[] = [apiAddress()],
  ) {
    const learned: KeyRights[] = [];
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
        learn: (now) => learned.push(now),
        apiAddresses: places,
      },
    );
    return { steps, reports, learned };
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
    const { steps, reports, learned } = await check();
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
    assert.deepEqual(seenPaths, ["/api/v3/applications/app1/rights"]);
    assert.deepEqual(learned, [{ mayRead: true, mayWrite: true }]);
  });

  it("says where it asks before the key goes there, and where the answer came from", async () => {
    const { steps, reports } = await check();
    const place = apiName(apiAddress());
    assert.ok(reports.some((now) => step(now, "rights").detail === `asking ${place}`));
    assert.ok(step(steps, "rights").detail.includes(place));
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

  it("says what cannot be known when no API answers as one, and follows no redirect", async () => {
    const other = createHttpsServer(certificates.server, (request, response) => {
      seenAuthorization.push(`elsewhere: ${request.headers.authorization ?? ""}`);
      response.end("{}");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    for (const answer of [
      { status: 302, body: "", headers: { Location: `https://localhost:${port}/` } },
      { status: 307, body: "{}", headers: { Location: `https://localhost:${port}/` } },
      { status: 308, body: "{}", headers: { Location: `https://localhost:${port}/` } },
      { status: 500, body: "{}" },
      { status: 404, body: '{"code":5, "message":"Not Found"}' },
      { status: 200, body: "<html>" },
      { status: 200, body: "[]" },
      { status: 200, body: '{"page":"home"}' },
      { status: 401, body: "<html>" },
      { status: 200, body: `{"rights":["${"x".repeat(70_000)}"]}` },
    ]) {
      rights = answer;
      seenAuthorization = [];
      const { steps, learned } = await check({}, { apiKey: server.addApiKey(uid, []) });
      assert.equal(step(steps, "rights").state, "unknown", answer.body.slice(0, 80));
      assert.match(step(steps, "rights").detail, /cannot be asked/);
      assert.equal(seenAuthorization.length, 1);
      assert.ok(!seenAuthorization[0]?.startsWith("elsewhere"));
      assert.deepEqual(learned, []);
    }
    other.close();
  });

  it("takes an empty answer for no right here or no such application (real-traffic 31)", async () => {
    rights.body = "{}";
    const { steps, learned } = await check({}, { apiKey: server.addApiKey(uid, []) });
    assert.equal(step(steps, "rights").state, "failed");
    assert.match(step(steps, "rights").detail, /no right on this application, or .* no such/);
    assert.deepEqual(learned, [{ mayRead: false, mayWrite: false }]);
    const letIn = await check();
    assert.equal(step(letIn.steps, "rights").state, "unknown");
  });

  it("asks the next place when the first is none of a stack's, or not proven", async () => {
    const web = createHttpsServer(certificates.server, (_request, response) => {
      response.writeHead(404).end("<html>");
    });
    const stranger = createHttpsServer(certificates.selfSigned, (request, response) => {
      seenAuthorization.push(`stranger: ${request.headers.authorization ?? ""}`);
      response.end();
    });
    for (const each of [web, stranger]) {
      await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
    }
    const at = (each: Server) => apiAddress({ port: (each.address() as AddressInfo).port });
    const { steps } = await check({}, {}, [at(stranger), at(web), apiAddress()]);
    assert.equal(step(steps, "rights").state, "ok");
    assert.deepEqual(seenAuthorization, [`Bearer ${key}`]);
    web.close();
    stranger.close();
  });

  it("asks without TLS where MQTT is used without it, and on no account otherwise", async () => {
    const plain = createHttpServer((request, response) => {
      seenAuthorization.push(request.headers.authorization ?? "");
      response.end(rights.body);
    });
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const { port } = plain.address() as AddressInfo;
    const place = { ...apiAddress(), port, security: "plaintext" } as const;
    const { steps } = await check({}, {}, [place]);
    assert.equal(step(steps, "rights").state, "ok");
    assert.match(step(steps, "rights").detail, /http:\/\/localhost:/);
    seenAuthorization = [];
    for (const host of ["192.0.2.1", "203.0.113.7"]) {
      await check({}, {}, [{ ...place, host }]);
    }
    assert.deepEqual(seenAuthorization, []);
    plain.close();
  });

  it("names the tenant part when the key has rights without it", async () => {
    const { steps } = await check({}, { userName: "app1@other" });
    assert.equal(step(steps, "login").state, "failed");
    assert.match(step(steps, "login").detail, /rights on app1: the part @other is wrong/);
    assert.match(step(steps, "login").fix ?? "", /application id app1\./);
    assert.equal(step(steps, "login").action, "edit");
    assert.equal(step(steps, "rights").state, "ok");
    const { steps: unproven } = await check({}, { userName: "app1@other" }, []);
    assert.match(step(unproven, "login").detail, /^not authorized/);
  });

  it("knows the tenants of public clusters, and what else a refusal can mean", () => {
    const cases: readonly (readonly [uid: string, host: string, fix: RegExp])[] = [
      ["soil", "eu1.cloud.thethings.network", /soil@ttn/],
      ["soil@acme", "nam1.cloud.thethings.network", /soil@ttn/],
      ["soil", "acme.eu1.cloud.thethings.industries", /soil@acme/],
      ["soil@ttn", "acme.eu1.cloud.thethings.industries", /soil@acme/],
      ["soil@ttn", "stack.example.com", /id soil\./],
      ["soil@ttn", "eu1.cloud.thethings.network", /two minutes/],
      ["soil", "stack.example.com", /two minutes/],
    ];
    for (const [application, host, fix] of cases) {
      assert.match(judgeTenant(application, host).fix ?? "", fix);
    }
  });

  it("asks only the host that the key is bound to", () => {
    const hosts = [
      "nam1.cloud.thethings.network",
      "acme.au1.cloud.thethings.industries",
      "10.0.0.7",
    ];
    for (const host of hosts) {
      for (const security of ["tls", "plaintext"] as const) {
        const places = apiAddresses(address({ host, port: 1, security }));
        assert.ok(places.every((each) => each.host === host));
        assert.ok(security === "plaintext" || places.every((each) => each.security === "tls"));
      }
    }
    const names = (security: "tls" | "plaintext") =>
      apiAddresses(address({ host: "stack.example.com", security })).map(apiName);
    const withTls = ["https://stack.example.com:443", "https://stack.example.com:8885"];
    assert.deepEqual(names("tls"), withTls);
    assert.deepEqual(names("plaintext"), [...withTls, "http://stack.example.com:1885"]);
    const { detail } = judgeRights({ from: "x", status: 404, json: {} }, hosts[0] ?? "", true);
    assert.match(detail ?? "", /goes only to nam1\.cloud/);
  });
});
