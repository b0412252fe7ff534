/** Connects with the shipped bundle, publishes, prints what became of it and ends. Started by secrets.test.ts. */
import type * as Attempts from "../../src/mqtt/attempt";
import { systemClock } from "../../src/util/clock";

const [bundle = "", port = ""] = process.argv.slice(2);

async function main(): Promise<void> {
  const { startAttempt } = (await import(bundle)) as typeof Attempts;
  const outcome = await new Promise<string>((resolve) => {
    const attempt = startAttempt(
      {
        address: {
          ...{ host: "localhost", port: Number(port), security: "tls", allowPlaintext: false },
          extraCertificates: process.env.CHILD_CA,
        },
        ...{ userName: "app1@tenant1", filters: ["#"], clock: systemClock },
        readApiKey: () => Promise.resolve(process.env.CHILD_API_KEY),
      },
      {
        onConnected: () => {
          void attempt
            .publish("v3/app1@tenant1/devices/dev-1/down/push", "{}")
            .then(async (published) => {
              await attempt.end();
              resolve(published);
            });
        },
        onMessage: () => undefined,
        onEnd: (_phase, code) => resolve(code),
      },
    );
  });
  process.stdout.write(`${outcome}\n`);
}

void main();
