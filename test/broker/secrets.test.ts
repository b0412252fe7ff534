/** The shipped bundle under DEBUG=* and NODE_DEBUG: nothing of the key is printed. Source: reliability X03, X05, A2. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { canaryKey, findCanary } from "../support/canary";
import { makeCertificates } from "../support/certificates";
import { ScriptedBroker, serveAll } from "../support/scriptedBroker";

const bundle = path.resolve("dist/mqtt.js");

describe("secrets", () => {
  it("finds the key in every form it is looked for (X01)", () => {
    const forms = [
      canaryKey,
      Buffer.from(canaryKey).toString("base64"),
      Buffer.from(`user\0x${canaryKey}`).toString("base64"),
      Buffer.from(canaryKey).toString("hex"),
      encodeURIComponent(canaryKey),
      [...Buffer.from(canaryKey)].join(", "),
      JSON.stringify(Buffer.from(canaryKey)),
    ];
    for (const form of forms) assert.notDeepEqual(findCanary(`text ${form} text`), [], form);
    assert.deepEqual(findCanary("NNSXS.SOMETHING.ELSE"), []);
  });

  it("prints no key when the bundle runs under DEBUG=* and NODE_DEBUG=tls,net (X03)", async function () {
    this.timeout(20_000);
    assert(existsSync(bundle), "build first: node esbuild.mjs");
    const certificates = makeCertificates();
    const server = await ScriptedBroker.start({ script: serveAll, tls: certificates.server });
    try {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        [path.join(__dirname, "debugChild.js"), bundle, String(server.port)],
        {
          env: {
            ...process.env,
            ...{ DEBUG: "*", NODE_DEBUG: "tls,net,stream,timer", CHILD_API_KEY: canaryKey },
            CHILD_CA: certificates.ca.cert,
          },
          maxBuffer: 64 * 1024 * 1024,
        },
      );
      assert.match(stdout, /acknowledged/);
      assert.match(stderr, /NET|TLS/, "NODE_DEBUG is at work");
      assert.doesNotMatch(stderr, /mqttjs/);
      assert.deepEqual(findCanary(stdout + stderr), []);
      assert(server.received.includes(canaryKey));
    } finally {
      await server.stop();
      certificates.dispose();
    }
  });

  it("has no debug printer, SOCKS, WebSocket or browser timers in the bundle (X03, R14)", () => {
    const text = readFileSync(bundle, "utf8");
    assert.doesNotMatch(text, /node_modules\/(?:debug|socks|ws|worker-timers)\//);
    assert.doesNotMatch(text, /process\.env\.DEBUG/);
  });
});
