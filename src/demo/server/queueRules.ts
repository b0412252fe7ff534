/** What the Network Server refuses to queue. Source: tts-mqtt §6.3 check 9, §6.4, §7.2, real-traffic 13, 26. */
import type { DownlinkOperation } from "../../stack/topics";
import type { Downlink } from "./downlink";
import type { EndDevice } from "./endDevice";
import { bandMaximumPayload } from "./radio";
import { tooLong, type ServerFailure } from "./serverErrors";

/** The first refusal; it then stands for every downlink of the message. `now` in ms since 1970. */
export function queueFailure(
  device: EndDevice,
  operation: DownlinkOperation,
  downlinks: readonly Downlink[],
  now: number,
): ServerFailure | undefined {
  let lastFCntDown = operation === "push" ? lastOf(device) : (device.session?.usedFCntDown ?? 0);
  for (const downlink of downlinks) {
    const length = downlink.framePayload.length;
    if (length > bandMaximumPayload) return tooLong(length, bandMaximumPayload);
    if (device.options.skipsPayloadCrypto === true) {
      const failure = ownEncryptionFailure(device, downlink, lastFCntDown + 1);
      if (failure !== undefined) return failure;
      lastFCntDown = downlink.requestedFCnt;
    }
    if (device.options.isMulticast === true) {
      if (downlink.confirmed) return { name: "confirmed_multicast_downlink" };
      if ((downlink.classBC?.gateways.length ?? 0) === 0) return { name: "no_downlink_path" };
    }
    if ((downlink.classBC?.absoluteTime ?? Infinity) < now) return { name: "downlink_expired" };
  }
  return undefined;
}

/** An application that encrypts itself numbers its downlinks itself, for the session it knows (real-traffic 26). */
function ownEncryptionFailure(
  device: EndDevice,
  downlink: Downlink,
  minimum: number,
): ServerFailure | undefined {
  const { session } = device;
  if (session === undefined) return undefined;
  const details = [
    {
      "@type": "type.googleapis.com/ttn.lorawan.v3.DownlinkQueueOperationErrorDetails",
      dev_addr: Buffer.from(session.devAddr, "hex").toString("base64"),
      session_key_id: session.keyId,
      min_f_cnt_down: minimum,
    },
  ];
  const wanted = downlink.requestedSessionKeyId;
  if (wanted !== undefined && wanted !== session.keyId) return { name: "unknown_session", details };
  const fCnt = downlink.requestedFCnt;
  if (fCnt >= minimum) return undefined;
  const attributes = { f_cnt: String(fCnt), min_f_cnt: String(minimum) };
  return { name: "f_cnt_too_low", attributes, details };
}

function lastOf({ session, queue }: EndDevice): number {
  return queue.at(-1)?.fCnt ?? session?.usedFCntDown ?? 0;
}
