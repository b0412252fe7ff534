/** Programs for Node with the package mqtt, version 5. */
import { keyVariable, type CopyServer } from "./copySource";
import type { Push } from "./pushBody";
import { javaScriptText, javaScriptValue } from "./sourceText";

export function nodePush(server: CopyServer, { topic, body }: Push): string {
  return `${head(server, "send")}
await client.publishAsync(
  ${javaScriptText(topic)},
  JSON.stringify(${javaScriptValue(body)}),
  { qos: 1 },
);
await client.endAsync();
`;
}

export function nodeWatch(server: CopyServer, topic: string): string {
  return `${head(server, "watch")}
client.on("message", (topic, payload) => console.log(topic, payload.toString()));
await client.subscribeAsync(${javaScriptText(topic)});
`;
}

function head({ application, host, port, security, caFile }: CopyServer, name: string): string {
  const isTls = security === "tls";
  const imports = ['import mqtt from "mqtt";'];
  const options = [
    `protocol: "${isTls ? "mqtts" : "mqtt"}"`,
    `host: ${javaScriptText(host)}`,
    `port: ${port}`,
    `username: ${javaScriptText(application)}`,
    `password: process.env.${keyVariable}`,
  ];
  if (isTls && caFile !== undefined) {
    imports.unshift('import { readFileSync } from "node:fs";');
    options.push(`ca: readFileSync(${javaScriptText(caFile)})`);
  }
  return `// Save as ${name}.mjs, npm install mqtt, set ${keyVariable}, then: node ${name}.mjs
${imports.join("\n")}

const client = await mqtt.connectAsync({
${options.map((option) => `  ${option},`).join("\n")}
});`;
}
