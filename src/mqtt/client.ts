/** An MQTT.js client that lives for one attempt and holds nothing that MQTT.js would do by itself. */
import { randomBytes } from "node:crypto";
import { type IClientOptions, MqttClient } from "mqtt";
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";
import type { FramingFilter } from "./framingFilter";

export interface ClientOptions {
  readonly userName: string;
  readonly apiKey: string;
  /** Milliseconds until CONNACK. */
  readonly connectTimeout: number;
  /** Seconds. */
  readonly keepalive: number;
  readonly clock: Clock;
}

/** Writes CONNECT at once. The API key is in no object of MQTT.js any more when this returns (reliability R12). */
export function createClient(filter: FramingFilter, options: ClientOptions): MqttClient {
  // A fresh object: MQTT.js writes into it (reliability R2, §2.1 `clientId`).
  const clientOptions: IClientOptions = {
    protocolVersion: 4, // version 5 is not understood by the server (tts-mqtt §1.3)
    clientId: `vsc-${randomBytes(9).toString("hex")}`, // unique and at most 23 characters (reliability G10)
    username: options.userName,
    password: options.apiKey,
    clean: true,
    keepalive: options.keepalive,
    connectTimeout: options.connectTimeout,
    reconnectPeriod: 0, // the supervisor decides (reliability R2)
    resubscribe: false,
    queueQoSZero: false, // nothing is kept for later (reliability R9)
    timerVariant: timersOf(options.clock),
    log: () => undefined,
  };
  const client = new MqttClient(() => filter, clientOptions);
  delete clientOptions.password;
  delete client.options.password;
  return client;
}

type Timers = Exclude<NonNullable<IClientOptions["timerVariant"]>, string>;

/** MQTT.js pings by our clock, so that tests of dead peers need no waiting. */
function timersOf(clock: Clock): Timers {
  const running = new Map<number, Disposable>();
  let last = 0;
  return {
    set: (callback, milliseconds = 0) => {
      running.set(++last, clock.every(milliseconds, callback as () => void));
      return last;
    },
    clear: (timer) => {
      running.get(timer)?.dispose();
      running.delete(timer);
    },
  };
}
