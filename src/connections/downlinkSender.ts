/**
 * Sends downlinks exactly once, in their turn, or not at all. That the server took the packet proves nothing: its answer
 * arrives as `down/queued` by the road of all messages (reliability R9, R10).
 */
import type { Waiting } from "../model/downlinkTurn";
import { DownlinkPacer, type NoTurn } from "./downlinkPacer";
import type { Model } from "../model/model";
import type { PublishOutcome } from "../mqtt/publisher";
import { newCorrelationId } from "../stack/correlation";
import {
  buildDownlink,
  isPastItsTime,
  type DownlinkInput,
  type FieldError,
  type PreparedPublish,
} from "../stack/downlink";
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";

/** What became of a wish to send. `problem` is in words for the user. */
export type SendResult =
  | { readonly sent: PreparedPublish }
  | { readonly errors: readonly FieldError[] }
  | { readonly problem: string; readonly isCancelled?: boolean };

export interface SenderServices {
  readonly clock: Clock;
  readonly perMinute: () => number;
  /** Undefined when there is no connection to publish on. `onLate`: confirmed after all, although it was unknown. */
  readonly publish: (
    key: string,
    topic: string,
    payload: string,
    onLate: () => void,
  ) => Promise<PublishOutcome> | undefined;
}

export class DownlinkSender implements Disposable {
  private readonly pacer: DownlinkPacer;

  constructor(
    private readonly model: Model,
    private readonly services: SenderServices,
  ) {
    this.pacer = new DownlinkPacer(services.clock, services.perMinute);
  }

  async send(
    key: string,
    input: DownlinkInput,
    createId: () => string = newCorrelationId,
    waiting?: Waiting,
  ): Promise<SendResult> {
    const { clock } = this.services;
    const built = buildDownlink(input, createId, clock.now());
    if ("errors" in built) return built;
    const refused = this.refusal(key);
    if (refused !== undefined) return { problem: refused };
    const wasProduction = this.isProduction(key);
    const turn = await this.pacer.turn(key, input.deviceId, waiting);
    if (typeof turn === "string") {
      return { problem: noTurnProblems[turn], isCancelled: turn === "cancelled" };
    }
    try {
      const problem = this.refusal(key);
      if (problem !== undefined) return { problem };
      if (isPastItsTime(built, clock.now())) return { problem: tooLate };
      // The consent that every downlink to such an application needs was not asked for (reliability R11).
      if (this.isProduction(key) && !wasProduction) return { problem: markedMeanwhile };
      return await this.publish(key, input, built);
    } finally {
      turn.dispose();
    }
  }

  /** The connection ended: with it ends every wait for a turn. */
  drop(key: string): void {
    this.pacer.drop(key);
  }

  /** The server has closed the connection because of its rate limit. */
  limited(key: string): void {
    this.pacer.limited(key);
  }

  dispose(): void {
    this.pacer.dispose();
  }

  private problemOf(key: string, outcome: Exclude<PublishOutcome, "acknowledged">): string {
    const wait = this.pacer.limitLeft(key);
    if (outcome === "notConnected" || wait === 0) return publishProblems[outcome];
    return `The server closed the connection right after this downlink, as it does beyond its rate limit, and most likely threw it away. It is not sent again by itself. Downlinks wait ${Math.ceil(wait / 1000)} s now: sooner the server would close again.`;
  }

  /** Why nothing can be sent now. */
  private refusal(key: string): string | undefined {
    const application = this.model.application(key);
    if (!application) return "This application is no longer there.";
    if (application.connection.phase === "connected") return undefined;
    return publishProblems.notConnected;
  }

  private isProduction(key: string): boolean {
    return this.model.application(key)?.settings.production === true;
  }

  private async publish(
    key: string,
    { deviceId, operation = "push" }: DownlinkInput,
    { topic, payload, downlinks }: PreparedPublish,
  ): Promise<SendResult> {
    const { clock } = this.services;
    const tracker = this.model.downlinks;
    const target = { applicationKey: key, deviceId, operation };
    const replaced = tracker.begin(target, downlinks, clock.now());
    const confirmed = () => {
      for (const { correlationId } of downlinks) tracker.published(correlationId, clock.now());
      // Those put in place of others are answered to (tts-mqtt §6.5).
      if (downlinks.length === 0) tracker.cleared(target, replaced, clock.now());
    };
    const outcome = (await this.services.publish(key, topic, payload, confirmed)) ?? "notConnected";
    if (outcome === "acknowledged") {
      confirmed();
      return { sent: { topic, payload, downlinks } };
    }
    const problem = this.problemOf(key, outcome);
    for (const { correlationId } of downlinks) {
      tracker.published(correlationId, clock.now(), publishStates[outcome], problem);
    }
    return { problem };
  }
}

const publishStates = { notConnected: "notPublished", unknown: "unknown" } as const;

const publishProblems = {
  notConnected: "Not connected. Nothing was sent; connect first.",
  unknown:
    "The server did not confirm in time, so it is unknown whether the downlink reached it. It is not sent again by itself.",
} as const;

const noTurnProblems: Readonly<Record<NoTurn, string>> = {
  cancelled: "Cancelled while it waited for its turn. Nothing was sent.",
  dropped:
    "The connection ended while the downlink waited for its turn. Nothing was sent, and nothing is kept to be sent later.",
  full: "Too many downlinks wait for their turn. Nothing was sent.",
};

const markedMeanwhile =
  "The application was marked as production while the downlink waited for its turn. Nothing was sent.";

const tooLate = "The time of transmission came too near. Nothing was sent.";
