/** Publishes once and says how much is known of what became of it. Source: reliability R4, R9, R10. */
import type { MqttClient } from "mqtt";
import type { Clock } from "../util/clock";

/** The outcome of a publish, in the order of how much is known. */
export type PublishOutcome = "acknowledged" | "notConnected" | "unknown";

const acknowledgeDeadline = 10_000;

/** A server that enforces its rate limit closes the connection this soon after a publish (reliability G3). Milliseconds. */
const rateLimitWindow = 2_000;

export class Publisher {
  private readonly unanswered = new Set<() => void>();
  private lastPublishAt = -Infinity;

  constructor(private readonly clock: Clock) {}

  /**
   * With QoS 1. The client must be connected, or MQTT.js keeps the packet for later (reliability §2.1).
   * @param onLate called when the server confirms after all what was given up as unknown (reliability D27)
   */
  publish(
    client: MqttClient,
    topic: string,
    payload: string,
    onLate: () => void = () => undefined,
  ): Promise<PublishOutcome> {
    this.lastPublishAt = this.clock.monotonic();
    return new Promise((resolve) => {
      let isSettled = false;
      const settle = (outcome: PublishOutcome) => {
        if (isSettled) {
          if (outcome === "acknowledged") onLate();
          return;
        }
        isSettled = true;
        deadline.dispose();
        this.unanswered.delete(giveUp);
        resolve(outcome);
      };
      const giveUp = () => settle("unknown");
      const deadline = this.clock.after(acknowledgeDeadline, giveUp);
      this.unanswered.add(giveUp);
      client.publish(topic, payload, { qos: 1 }, (error) => {
        settle(error ? "unknown" : "acknowledged");
      });
    });
  }

  /** A connection that closes now was most likely closed because of a publish, which the server did not confirm. */
  get isEndSuspicious(): boolean {
    const isFresh = this.clock.monotonic() - this.lastPublishAt <= rateLimitWindow;
    return isFresh && this.unanswered.size > 0;
  }

  /** MQTT.js calls nothing when the link dies before PUBACK (reliability §2.2): the attempt's end does. */
  giveUp(): void {
    for (const giveUp of this.unanswered) giveUp();
  }
}
