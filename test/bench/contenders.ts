/**
 * What the same traffic costs others, from the bare socket to MQTT.js with JSON.parse. One of them per process:
 * `node contenders.js <name> <port> <warm-up messages> <measured messages> <bytes per message>`.
 */
import { connect as connectSocket, type Socket } from "node:net";
import { connect as connectMqtt } from "mqtt";
import { generate, parser as createParser } from "mqtt-packet";
import { Meter, tellOfWork } from "./meter";

const [name = "", ...figures] = process.argv.slice(2);
const [port = 0, warmUp = 0, measured = 0, bytesPerMessage = 1] = figures.map(Number);
const meter = new Meter(warmUp, measured);

/** Says CONNECT and SUBSCRIBE without a client library. */
function open(): Socket {
  const socket = connectSocket(port, "127.0.0.1");
  socket.setNoDelay(true);
  socket.write(generate({ cmd: "connect", clientId: "bench", clean: true, keepalive: 0 }));
  const subscriptions = [{ topic: "#", qos: 0 as const }];
  socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions }));
  return socket;
}

function openMqtt(listener: (topic: string, payload: Buffer) => void): void {
  const client = connectMqtt({ host: "127.0.0.1", port, protocolVersion: 4 });
  client.on("connect", () => client.subscribe("#"));
  client.on("message", listener);
}

const contenders = new Map<string, () => void>([
  [
    "socket",
    () => {
      let bytes = 0;
      let counted = 0;
      open().on("data", (chunk) => {
        bytes += chunk.length;
        const messages = Math.floor(bytes / bytesPerMessage) - counted;
        counted += messages;
        meter.count(messages);
      });
    },
  ],
  [
    "parser",
    () => {
      const parser = createParser({ protocolVersion: 4 });
      parser.on("packet", ({ cmd }) => {
        if (cmd === "publish") meter.count(1);
      });
      open().on("data", (chunk) => parser.parse(chunk));
    },
  ],
  ["mqtt", () => openMqtt(() => meter.count(1))],
  [
    "json",
    () => {
      openMqtt((_topic, payload) => {
        const message = JSON.parse(payload.toString()) as object;
        if ("uplink_message" in message) meter.count(1);
      });
    },
  ],
]);
tellOfWork();
contenders.get(name)?.();
