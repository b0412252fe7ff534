/** Programs for Python 3 with the package paho-mqtt, version 2. */
import { keyVariable, type CopyServer } from "./copySource";
import type { Push } from "./pushBody";
import { pythonText, pythonValue } from "./sourceText";

export function pythonPush(server: CopyServer, { topic, body }: Push): string {
  return `${note}
import json
import os
import paho.mqtt.publish as publish

publish.single(
    ${pythonText(topic)},
    json.dumps(${pythonValue(body)}),
    qos=1,
${connection(server)}
)
`;
}

export function pythonWatch(server: CopyServer, topic: string): string {
  return `${note}
import os
import paho.mqtt.subscribe as subscribe


def show(client, userdata, message):
    print(message.topic, message.payload.decode())


subscribe.callback(
    show,
    ${pythonText(topic)},
${connection(server)}
)
`;
}

const note = `# pip install "paho-mqtt>=2", set ${keyVariable}, then run it with python3`;

/** An empty dict for `tls` means: with the system's certificates. */
function connection({ application, host, port, security, caFile }: CopyServer): string {
  const certificates = caFile === undefined ? "{}" : `{"ca_certs": ${pythonText(caFile)}}`;
  return [
    `hostname=${pythonText(host)},`,
    `port=${port},`,
    `auth={"username": ${pythonText(application)}, "password": os.environ["${keyVariable}"]},`,
    ...(security === "tls" ? [`tls=${certificates},`] : []),
  ]
    .map((line) => `    ${line}`)
    .join("\n");
}
