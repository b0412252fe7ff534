/** What the Network Server refuses to queue. Source: tts-mqtt §6.3 check 9, §6.4, §7.2. */
import type { Downlink } from "./downlink";
import type { EndDevice } from "./endDevice";
import { bandMaximumPayload } from "./radio";
import type { ServerFailure } from "./serverErrors";

/** The first refusal; it then stands for every downlink of the message. `now` in ms since 1970. */
export function queueFailure(
  device: EndDevice,
  downlinks: readonly Downlink[],
  now: number,
): ServerFailure | undefined {
  let lastFCntDown = device.session?.lastFCntDown ?? 0;
  for (const downlink of downlinks) {
    const length = downlink.framePayload.length;
    if (length > bandMaximumPayload) {
      const attributes = { length, max: bandMaximumPayload };
      return { name: "application_downlink_too_long", attributes };
    }
    const fCnt = downlink.requestedFCnt;
    if (device.options.skipsPayloadCrypto === true && fCnt > 0) {
      if (fCnt <= lastFCntDown) {
        const attributes = { f_cnt: fCnt, min_f_cnt: lastFCntDown + 1 };
        return { name: "f_cnt_too_low", attributes };
      }
      lastFCntDown = fCnt;
    }
    if (device.options.isMulticast === true) {
      if (downlink.confirmed) return { name: "confirmed_multicast_downlink" };
      if ((downlink.classBC?.gateways.length ?? 0) === 0) return { name: "no_downlink_path" };
    }
    if ((downlink.classBC?.absoluteTime ?? Infinity) < now) return { name: "downlink_expired" };
  }
  return undefined;
}
