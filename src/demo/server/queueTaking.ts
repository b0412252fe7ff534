/** Takes off a device's queue what an opportunity to transmit can carry. Source: tts-mqtt §6.4, real-traffic 13, 14, 28. */
import type { Downlink } from "./downlink";
import type { EndDevice } from "./endDevice";
import { maximumPayload } from "./radio";
import { tooLong, type ServerFailure } from "./serverErrors";

/** It could not be sent and is gone. */
export interface FailedDownlink {
  readonly downlink: Downlink;
  readonly failure: ServerFailure;
}

export interface Taken {
  readonly downlink: Downlink | undefined;
  readonly failures: readonly FailedDownlink[];
  /** The MAC commands need the frame for themselves. */
  readonly isForMacCommands: boolean;
}

/** More bytes of MAC commands than this go in a frame of their own. */
const maximumFOpts = 15;

/** For the receive window after an uplink. */
export function takeForWindow(device: EndDevice): Taken {
  // `class_b_c` forbids this window: for class A it blocks all behind it until `replace` (tts-mqtt §7.2).
  if (device.queue[0]?.classBC !== undefined) {
    return { downlink: undefined, failures: [], isForMacCommands: false };
  }
  return take(device, device.maximumPayload, device.macCommandBytes, () => true);
}

/** For the window that is always open, or a ping slot: no MAC commands, the data rate of the window, given gateways. */
export function takeForOpenWindow(device: EndDevice, gateways: ReadonlySet<string>): Taken {
  const limit = device.options.maximumPayload ?? maximumPayload(device.options.openWindow ?? 12);
  return take(device, limit, 0, ({ classBC }) =>
    (classBC?.gateways ?? []).every(({ gatewayId }) => gateways.has(gatewayId ?? "")),
  );
}

/** The queue's head, if it can be sent now; what never fits fails here, long after `queued`. */
function take(
  device: EndDevice,
  limit: number,
  macCommandBytes: number,
  isReachable: (downlink: Downlink) => boolean,
): Taken {
  const failures: FailedDownlink[] = [];
  for (;;) {
    const [head] = device.queue;
    if (head === undefined) return { downlink: undefined, failures, isForMacCommands: false };
    const { length } = head.framePayload;
    if (length > limit) {
      device.queue.shift();
      failures.push({ downlink: head, failure: tooLong(length, limit - macCommandBytes) });
      continue;
    }
    if (macCommandBytes > maximumFOpts || length > limit - macCommandBytes) {
      return { downlink: undefined, failures, isForMacCommands: true };
    }
    device.queue.shift();
    if (isReachable(head)) return { downlink: head, failures, isForMacCommands: false };
    failures.push({ downlink: head, failure: { name: "fixed_paths" } });
  }
}
