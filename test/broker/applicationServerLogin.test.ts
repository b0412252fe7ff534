/** How the simulated Application Server answers CONNECT. Source: tts-mqtt §1.3–1.7. */
import assert from "node:assert/strict";
import { consoleRights } from "../../src/demo/server/apiKey";
import {
  closeClients,
  login,
  RawClient,
  startServer,
  uid,
  type Fixture,
} from "../support/demoClient";

describe("Application Server login", () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await startServer();
  });
  afterEach(async () => {
    closeClients();
    await fixture.server.close();
  });
  const attempt = (username: string, password: string) =>
    login({ port: fixture.server.port, username, password });

  it("accepts the application uid with its API key", async () => {
    await attempt(uid, fixture.key);
    assert.deepEqual(
      fixture.server.connections.map(({ applicationUid }) => applicationUid),
      [uid],
    );
  });

  it("accepts an application without tenant, as on an open source server", async () => {
    fixture.server.addApplication({ uid: "app2" });
    await attempt("app2", fixture.server.addApiKey("app2"));
  });

  const wrongSecret = (key: string) => key.slice(0, -1) + (key.endsWith("A") ? "B" : "A");
  const refused: readonly (readonly [string, string, (key: string) => string])[] = [
    ["the application id breaks the grammar", "App_1@tenant1", (key) => key],
    ["the user name is empty", "", (key) => key],
    ["the application is unknown", "app9@tenant1", (key) => key],
    ["the tenant is missing", "app1", (key) => key],
    ["the password is empty", uid, () => ""],
    ["the password has two parts", uid, () => "NNSXS.ABC"],
    ["the password is a refresh token", uid, (key) => key.replace("NNSXS", "OJSWM")],
    ["the secret is wrong", uid, wrongSecret],
  ];
  for (const [context, username, password] of refused) {
    it(`answers code 5 when ${context}`, async () => {
      await assert.rejects(attempt(username, password(fixture.key)), /code 5/);
    });
  }

  it("answers code 5 when the key belongs to another application", async () => {
    fixture.server.addApplication({ uid: "app2@tenant1" });
    await assert.rejects(attempt(uid, fixture.server.addApiKey("app2@tenant1")), /code 5/);
  });

  it("answers code 5 when the key holds no right on the application", async () => {
    await assert.rejects(attempt(uid, fixture.server.addApiKey(uid, [])), /code 5/);
  });

  it("answers code 5 when the key has expired", async () => {
    const { server, clock } = fixture;
    const key = "NNSXS.AAA.BBB";
    const expiresAt = clock.now() + 1000;
    server.addKnownApiKey({ key, rights: { [uid]: consoleRights }, expiresAt });
    await attempt(uid, key);
    clock.advance(1000);
    await assert.rejects(attempt(uid, key), /code 5/);
  });

  it("accepts a key whose only right is irrelevant", async () => {
    await attempt(uid, fixture.server.addApiKey(uid, ["RIGHT_APPLICATION_INFO"]));
  });

  it("keeps open connections and refuses new ones when a key is revoked", async () => {
    const { server, key } = fixture;
    const client = await attempt(uid, key);
    await client.subscribe("#");
    server.revokeApiKey(key);
    await assert.rejects(attempt(uid, key), /code 5/);
    server.network.uplink(server.network.addEndDevice(uid, { deviceId: "dev1" }));
    assert.equal((await client.next()).kind, "up");
  });

  it("answers code 3 when the application has too many connections", async () => {
    const { server } = fixture;
    server.addApplication({ uid: "small@tenant1", maximumConnections: 1 });
    const key = server.addApiKey("small@tenant1");
    const first = await attempt("small@tenant1", key);
    await assert.rejects(attempt("small@tenant1", key), /code 3/);
    const left = new Promise((resolve) => server.onDidDisconnect(resolve));
    await first.mqtt.endAsync();
    await left;
    await attempt("small@tenant1", key);
  });

  it("remembers a refusal for the cache time", async () => {
    await fixture.server.close();
    fixture = await startServer({ rightsCacheTime: 120_000 });
    const key = "NNSXS.AAA.BBB";
    await assert.rejects(attempt(uid, key), /code 5/);
    fixture.server.addKnownApiKey({ key, rights: { [uid]: consoleRights } });
    await assert.rejects(attempt(uid, key), /code 5/);
    fixture.clock.advance(120_000);
    await attempt(uid, key);
  });

  it("tells the reason of a refusal to the test and not to the client", async () => {
    const refusals: string[] = [];
    fixture.server.onDidRefuse(({ reason }) => refusals.push(reason));
    await assert.rejects(attempt(uid, "NNSXS.AAA.BBB"), /code 5/);
    assert.deepEqual(refusals, ["unknown API key"]);
  });

  it("keeps both clients when they use the same client id", async () => {
    const { server, key } = fixture;
    const options = { port: server.port, username: uid, password: key, clientId: "same" };
    const first = await login(options);
    const second = await login(options);
    await Promise.all([first.subscribe("#"), second.subscribe("#")]);
    server.network.uplink(server.network.addEndDevice(uid, { deviceId: "dev1" }));
    assert.equal((await first.next()).kind, "up");
    assert.equal((await second.next()).kind, "up");
    assert.deepEqual(
      server.connections.map(({ clientId }) => clientId),
      ["same", "same"],
    );
  });

  it("accepts MQTT 3.1, also with a client id longer than 23 characters", async () => {
    const { server, key } = fixture;
    const clientId = "x".repeat(60);
    const level3 = { protocolVersion: 3, protocolId: "MQIsdp" } as const;
    await login({ port: server.port, username: uid, password: key, clientId, ...level3 });
  });

  it("accepts an empty client id without clean session", async () => {
    const client = await RawClient.open(fixture.server.port);
    const password = Buffer.from(fixture.key);
    client.socket.write(connectBytes("MQTT", 4, uid, password));
    const connack = await client.packet("connack");
    assert.equal("returnCode" in connack && connack.returnCode, 0);
    assert.equal("sessionPresent" in connack && connack.sessionPresent, false);
  });

  it("closes without CONNACK when the client speaks MQTT 5", async () => {
    const { port } = fixture.server;
    const options = { port, username: uid, password: fixture.key, protocolVersion: 5 } as const;
    await assert.rejects(login(options), /closed/);
  });

  it("answers code 1 when the protocol level is unknown", async () => {
    const client = await RawClient.open(fixture.server.port);
    client.socket.write(connectBytes("MQTT", 6, uid, Buffer.from(fixture.key)));
    const connack = await client.packet("connack");
    assert.equal("returnCode" in connack && connack.returnCode, 1);
    await client.closed;
  });

  it("closes without CONNACK when the first bytes are garbage", async () => {
    const client = await RawClient.open(fixture.server.port);
    client.socket.write("GET / HTTP/1.1\r\n\r\n");
    await client.closed;
    assert.deepEqual(client.packets, []);
  });

  it("closes when no CONNECT has come after ten seconds", async () => {
    const client = await RawClient.open(fixture.server.port);
    client.socket.write(Buffer.of(0x10));
    const other = await attempt(uid, fixture.key); // by then the first socket is accepted
    fixture.clock.advance(10_000);
    await client.closed;
    assert.equal(other.mqtt.connected, true);
  });

  it("reads a CONNECT that arrives in pieces", async () => {
    const client = await RawClient.open(fixture.server.port);
    const bytes = connectBytes("MQTT", 4, uid, Buffer.from(fixture.key));
    for (const byte of bytes) client.socket.write(Buffer.of(byte));
    await client.packet("connack");
  });

  it("closes when the rest of a CONNECT has not come after ten seconds", async () => {
    const client = await RawClient.open(fixture.server.port);
    const bytes = connectBytes("MQTT", 4, uid, Buffer.from(fixture.key));
    client.socket.write(bytes.subarray(0, -1));
    await attempt(uid, fixture.key); // by then the first bytes are read
    fixture.clock.advance(10_000);
    await client.closed;
    assert.deepEqual(client.packets, []);
  });

  it("closes at once when a CONNECT is longer than a few KiB", async () => {
    const client = await RawClient.open(fixture.server.port);
    client.socket.write(connectBytes("MQTT", 4, "x".repeat(5000), Buffer.from(fixture.key)));
    await client.closed;
    assert.deepEqual(client.packets, []);
  });

  it("takes no more from a socket that has not logged in, whatever is sent", async () => {
    const client = await RawClient.open(fixture.server.port);
    // A CONNECT of 256 MiB that never ends.
    client.socket.write(
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4]),
    );
    for (let part = 0; part < 64; part++) client.socket.write(Buffer.alloc(65_536));
    await client.closed.catch(() => undefined); // cut in the middle of what it wrote
    assert.ok(client.socket.closed);
    assert.deepEqual(client.packets, []);
  });

  it("makes room for a login when idle sockets wait, the oldest first", async () => {
    const oldest = await RawClient.open(fixture.server.port);
    const others = await Promise.all(
      Array.from({ length: 199 }, () => RawClient.open(fixture.server.port)),
    );
    await oldest.closed;
    const client = await attempt(uid, fixture.key);
    assert.equal(client.mqtt.connected, true);
    assert.ok(others.filter(({ socket }) => !socket.closed).length <= 128);
  });

  it("closes before CONNACK when it accepts no connections", async () => {
    fixture.server.isAccepting = false;
    await assert.rejects(attempt(uid, fixture.key), /closed|ECONNRESET/);
  });

  it("closes when CONNECT comes twice", async () => {
    const client = await RawClient.login(fixture);
    client.send({ cmd: "connect", clientId: "again", username: uid });
    await client.closed;
  });

  it("does not publish a will when the client disappears", async () => {
    const { server, key } = fixture;
    const options = { port: server.port, username: uid, password: key };
    const topic = `v3/${uid}/devices/dev1/down/push`;
    const dying = await login({
      ...options,
      will: { topic, payload: Buffer.from("{}"), qos: 0, retain: false },
    });
    const left = new Promise((resolve) => server.onDidDisconnect(resolve));
    dying.mqtt.stream.destroy();
    await left;
    assert.deepEqual(server.records, []);
  });

  it("stores no session when the client asks for one", async () => {
    const { server, key } = fixture;
    const options = {
      port: server.port,
      username: uid,
      password: key,
      clientId: "c",
      clean: false,
    };
    const first = await login(options);
    await first.subscribe("#", 1);
    await first.mqtt.endAsync();
    const second = await login(options);
    server.network.uplink(server.network.addEndDevice(uid, { deviceId: "dev1" }));
    await second.publish("fence", ""); // a round trip: nothing came before its PUBACK
    assert.deepEqual(second.messages, []);
  });
});

function connectBytes(name: string, level: number, username: string, password: Buffer): Buffer {
  const text = (value: Buffer | string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]);
  };
  const rest = Buffer.concat([
    text(name),
    Buffer.of(level, 0xc0, 0, 30), // user name and password, no clean session, keepalive 30 s
    text(""),
    text(username),
    text(password),
  ]);
  const length = rest.length < 128 ? [rest.length] : [(rest.length & 127) | 128, rest.length >> 7];
  return Buffer.concat([Buffer.of(0x10, ...length), rest]);
}
