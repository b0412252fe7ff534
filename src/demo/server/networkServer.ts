/** Downlink queues and their frame counters. Source: tts-mqtt §6.3 check 9, §6.4, §7, real-traffic 7, 26, 28. */
import type { DownlinkOperation } from "../../stack/topics";
import { encryptedShape, type Downlink } from "./downlink";
import type { EndDevice } from "./endDevice";
import { queueFailure } from "./queueRules";
import type { ServerFailure } from "./serverErrors";
import type { Stamps } from "./stamps";
import type { Upstream } from "./upstream";

export class NetworkServer {
  constructor(
    private readonly upstream: Upstream,
    private readonly stamps: Stamps,
    private readonly maximumQueue: number,
  ) {}

  /** Check 9, then appends or replaces. A refused replace keeps the old queue (tts-mqtt §6.5). */
  enqueue(
    device: EndDevice,
    operation: DownlinkOperation,
    downlinks: readonly Downlink[],
  ): ServerFailure | undefined {
    const waiting = operation === "push" ? device.queue.length : 0;
    if (waiting + downlinks.length > this.maximumQueue) return { name: "downlink_queue_capacity" };
    const now = this.stamps.milliseconds();
    const failure = queueFailure(device, operation, downlinks, now);
    if (failure !== undefined) return failure;
    if (operation === "replace") device.queue = [];
    device.queue.push(...downlinks.map((downlink) => encrypt(device, downlink)));
    return undefined;
  }

  /** Puts a downlink at the tail under a new frame counter, silently. */
  enqueueAgain(device: EndDevice, downlink: Downlink): void {
    device.queue.push(encrypt(device, downlink));
  }

  /** The device joined: the queue goes on in the new session; what others encrypted is lost and returned. */
  startSession(device: EndDevice): readonly Downlink[] {
    device.startSession();
    if (device.options.skipsPayloadCrypto !== true) {
      this.encryptAgain(device);
      return [];
    }
    const lost = device.queue;
    device.queue = [];
    return lost;
  }

  /**
   * A frame with MAC commands or an acknowledgement alone takes the next frame counter. The queue is encrypted again in
   * silence; an application that encrypts itself is told, also when it has nothing queued (real-traffic 26).
   */
  useUpFrameCounter(device: EndDevice, correlationIds: readonly string[]): void {
    const { session } = device;
    if (session === undefined) return;
    session.usedFCntDown++;
    if (device.options.skipsPayloadCrypto !== true) {
      this.encryptAgain(device);
      return;
    }
    const isLost = ({ fCnt }: Downlink): boolean => fCnt <= session.usedFCntDown;
    const lost = device.queue.filter(isLost);
    device.queue = device.queue.filter((downlink) => !isLost(downlink));
    const body = {
      ...(lost.length > 0 ? { downlinks: lost.map(encryptedShape) } : {}),
      last_f_cnt_down: session.usedFCntDown,
      session_key_id: session.keyId,
    };
    this.upstream.publish(device, "downlink_queue_invalidated", body, { correlationIds });
  }

  private encryptAgain(device: EndDevice): void {
    if (device.session === undefined) return;
    device.session.lastFCntDown = device.session.usedFCntDown;
    device.queue = device.queue.map((downlink) => encrypt(device, downlink));
  }
}

/** Gives the downlink the next frame counter of the session. */
function encrypt(device: EndDevice, downlink: Downlink): Downlink {
  const { session } = device;
  if (session === undefined) return downlink;
  const isOwn = device.options.skipsPayloadCrypto === true;
  const next = Math.max(session.lastFCntDown, session.usedFCntDown) + 1;
  session.lastFCntDown = isOwn ? downlink.requestedFCnt : next;
  return { ...downlink, sessionKeyId: session.keyId, fCnt: session.lastFCntDown };
}
