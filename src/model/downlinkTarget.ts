/** Where a downlink goes. */
import type { DownlinkOperation } from "../stack/topics";

/** Whose queue. */
export interface DownlinkQueue {
  readonly applicationKey: string;
  readonly deviceId: string;
}

export interface TrackedTarget extends DownlinkQueue {
  readonly operation: DownlinkOperation;
}
