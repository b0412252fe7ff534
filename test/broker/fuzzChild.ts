/**
 * Sends mutated packets through the real filter into the real MQTT.js and prints what became of them, as one JSON line.
 * Started by fuzz.test.ts: `node fuzzChild.js <first seed> <count>`.
 */
import { startAttempt } from "../../src/mqtt/attempt";
import { turns } from "../support/conditions";
import { ManualClock } from "../support/manualClock";
import { MemorySocket, packetId } from "../support/memorySocket";
import { Mutator } from "../support/mutator";
import { connack, pingresp, puback, publish, suback } from "../support/packets";

export interface FuzzResult {
  readonly runs: number;
  /** The probe behind the broken bytes arrived: the connection goes on. */
  readonly messages: number;
  readonly closes: number;
  /** Closed by one of our timers. */
  readonly timers: number;
  /** Seeds of runs that ended in nothing at all, and of those with an uncaught exception. */
  readonly stuck: readonly number[];
  readonly uncaught: readonly string[];
}

const packets = [
  connack(0),
  connack(5),
  suback(1, 0),
  suback(1, 128),
  puback(1),
  puback(2),
  pingresp,
  Buffer.from([0xb0, 2, 0, 1]),
  Buffer.from([0x50, 2, 0, 1]),
  Buffer.from([0x62, 2, 0, 1]),
  publish("v3/app1@tenant1/devices/dev-1/up", '{"a":1}'),
  publish("v3/a/devices/b/join", Buffer.alloc(200, 65)),
  Buffer.from([0x32, 6, 0, 1, 97, 0, 1, 120]),
];
const probe = publish("probe", "still here");

/** What an attempt has told so far. */
class Told {
  isConnected = false;
  hasProbe = false;
  isOver = false;
}

type Ending = "message" | "close" | "timer" | "stuck";

async function run(seed: number): Promise<Ending> {
  const mutator = new Mutator(seed, packets);
  const clock = new ManualClock();
  const stage = mutator.below(3);
  const told = new Told();
  const socket = new MemorySocket((packet, peer) => {
    const type = (packet[0] ?? 0) >> 4;
    if (type === 1 && stage > 0) peer.receive(connack());
    if (type === 8 && stage > 1) peer.receive(suback(packetId(packet), 0));
  });
  const attempt = startAttempt(
    {
      ...{ userName: "app1@tenant1", filters: ["#"], clock, open: () => socket.asSocket },
      address: {
        ...{ host: "127.0.0.1", port: 1, security: "plaintext", allowPlaintext: false },
        extraCertificates: undefined,
      },
      readApiKey: () => Promise.resolve("key"),
    },
    {
      onConnected: () => (told.isConnected = true),
      onMessage: (topic) => (told.hasProbe ||= topic === "probe"),
      onEnd: () => (told.isOver = true),
    },
  );
  await turns(stage > 1 ? 4 : 3);
  if (told.isConnected) void attempt.publish("v3/app1@tenant1/devices/dev-1/down/push", "{}");
  const broken = mutator.mutate();
  const cut = mutator.below(broken.length + 1);
  socket.receive(broken.subarray(0, cut));
  socket.receive(broken.subarray(cut));
  await turns(2);
  let ending: Ending = "close";
  // The first ones may complete a broken packet, so others follow.
  for (let time = 0; time < 30 && !told.isOver && !told.hasProbe; time++) {
    socket.receive(probe);
    await turns(1);
    ending = "message";
  }
  if (!told.isOver && !(told.isConnected && told.hasProbe)) {
    clock.advance(25_000); // beyond the deadlines of a packet, of login and of subscription
    await turns(1);
    ending = "timer";
  }
  const isStuck = ending === "timer" && !told.isOver;
  await attempt.end();
  if (isStuck || !socket.destroyed) return "stuck";
  return ending;
}

async function main(firstSeed: number, count: number): Promise<void> {
  const endings: Record<Ending, number> = { message: 0, close: 0, timer: 0, stuck: 0 };
  const stuck: number[] = [];
  const uncaught: string[] = [];
  let seed = firstSeed;
  const note = (error: unknown) => uncaught.push(`seed ${seed}: ${String(error)}`);
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  for (; seed < firstSeed + count; seed++) {
    const ending = await run(seed);
    endings[ending]++;
    if (ending === "stuck") stuck.push(seed);
  }
  await turns();
  const { message: messages, close: closes, timer: timers } = endings;
  const result: FuzzResult = {
    ...{ runs: count, messages, closes, timers },
    ...{ stuck: stuck.slice(0, 20), uncaught: uncaught.slice(0, 20) },
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

const [firstSeed = "1", count = "1000"] = process.argv.slice(2);
void main(Number(firstSeed), Number(count));
