/** Sends the key over MQTT and over HTTP from a process whose environment wants no verification. Started by environment.test.ts. */
import http from "node:http";
import https from "node:https";
import { askRights } from "../../src/doctor/rights";
import { startAttempt } from "../../src/mqtt/attempt";
import type { ServerAddress } from "../../src/mqtt/socket";
import { systemClock } from "../../src/util/clock";

const [mqttPort = 0, httpsPort = 0, proxyPort = 0] = process.argv.slice(2).map(Number);

/** What an editor does in its extension host: every request of `http` and `https` gets an agent that leads elsewhere. */
function patchAsEditorsDo(): void {
  const agent = new http.Agent();
  Object.assign(agent, {
    protocol: "https:",
    createConnection: () => http.request({ port: proxyPort }).end().socket,
  });
  for (const module of [http, https]) {
    const { request } = module;
    Object.assign(module, {
      request: (...parts: unknown[]) =>
        Reflect.apply(request, module, [{ port: proxyPort, agent }, ...parts.slice(1)]) as unknown,
      globalAgent: agent,
    });
  }
}

const addressAt = (port: number): ServerAddress => ({
  ...{ host: "localhost", port, security: "tls", allowPlaintext: true },
  extraCertificates: process.env.CHILD_CA,
});
const readApiKey = () => Promise.resolve(process.env.CHILD_API_KEY);

async function main(): Promise<void> {
  patchAsEditorsDo();
  const mqtt = await new Promise<string>((resolve) => {
    const attempt = startAttempt(
      {
        address: addressAt(mqttPort),
        ...{ userName: "app1@tenant1", filters: ["#"], clock: systemClock, readApiKey },
      },
      {
        onConnected: () => void attempt.end().then(() => resolve("connected")),
        onMessage: () => undefined,
        onEnd: (_phase, code) => resolve(code),
      },
    );
  });
  const rights = await askRights([addressAt(httpsPort)], "app1@tenant1", {
    ...{ clock: systemClock, readApiKey, onAsking: () => undefined },
  });
  const answer = "tried" in rights ? rights.tried.join() : `status ${rights.status}`;
  process.stdout.write(`${JSON.stringify({ mqtt, rights: answer })}\n`, () => process.exit());
}

void main();
