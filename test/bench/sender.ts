/** A process of its own that plays a broker: CONNACK, SUBACK, then a stream of encoded uplinks, paced or not. */
import { createServer, type Socket } from "node:net";
import { parser as createParser } from "mqtt-packet";
import { connack, pingresp, suback } from "../support/packets";
import { encodeUplinks, type Size, type Uplinks } from "./uplinks";

/** What the next client gets. `rate` is in messages a second; 0 is as fast as it goes. */
export interface Plan {
  readonly count: number;
  readonly rate: number;
}

/** Milliseconds between two portions of a paced stream: a network delivers in bursts as well. */
const portionInterval = 5;
/** Packets written at once, at most. */
const portion = 200;

let plan: Plan = { count: 0, rate: 0 };
let uplinks: Uplinks | undefined;

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on("error", () => undefined); // a contender that has seen enough
  const parser = createParser({ protocolVersion: 4 });
  parser.on("packet", (packet) => {
    if (packet.cmd === "connect") socket.write(connack());
    else if (packet.cmd === "pingreq") socket.write(pingresp);
    else if (packet.cmd === "disconnect") socket.end();
    else if (packet.cmd === "subscribe") {
      socket.write(suback(packet.messageId ?? 0, 0));
      if (uplinks) stream(socket, uplinks, plan);
    }
  });
  socket.on("data", (chunk) => parser.parse(chunk));
}

function stream(socket: Socket, { bytes, offsets, packets }: Uplinks, { count, rate }: Plan): void {
  const start = performance.now();
  let sent = 0;
  const isFree = () => !socket.destroyed && !socket.writableNeedDrain && sent < count;
  const next = (): void => {
    const due = rate === 0 ? count : ((performance.now() - start) / 1000) * rate;
    while (isFree() && sent < due) {
      const first = sent % packets;
      const number = Math.min(portion, packets - first, count - sent, Math.ceil(due - sent));
      socket.write(bytes.subarray(offsets[first], offsets[first + number]));
      sent += number;
    }
    if (isFree()) setTimeout(next, portionInterval);
  };
  socket.on("drain", next);
  next();
}

process.on("message", (message: { readonly size: Size; readonly plan: Plan }) => {
  const { size } = message;
  plan = message.plan;
  if (uplinks?.devices !== size.devices || uplinks.packets !== size.packets) {
    uplinks = encodeUplinks(size);
  }
  process.send?.({
    bytesPerMessage: uplinks.bytes.length && (uplinks.offsets[size.packets] ?? 0) / size.packets,
  });
});
const server = createServer(serve);
server.listen(0, "127.0.0.1", () => process.send?.(server.address() ?? {}));
