/** Commands of The Things Stack's command line. It takes the login that it keeps itself, and payloads in hex only. */
import { toHex } from "../framePayload";
import { parseApplicationUid } from "../identifiers";
import type { CopyDownlink, CopyServer } from "./copySource";
import type { Invocation } from "./invocation";

/** Undefined for what it cannot send, fields and an empty frame, and for what is left to the other forms, class B and C. */
export function ttnLwCliPush(
  server: CopyServer,
  deviceId: string,
  { fPort, payload, priority, confirmed, maximumAttempts, classBC }: CopyDownlink,
): Invocation | undefined {
  if (!("bytes" in payload) || payload.bytes.length === 0 || classBC) return undefined;
  const retry = ["--confirmed-retry.attempt", "1", "--confirmed-retry.max-attempts"];
  return queueCommand(server, deviceId, "push", [
    ...["--f-port", String(fPort), "--frm-payload", toHex(payload.bytes), "--priority", priority],
    ...(confirmed ? ["--confirmed"] : []),
    ...(maximumAttempts === undefined ? [] : [...retry, String(maximumAttempts)]),
  ]);
}

export function ttnLwCliQueue(server: CopyServer, deviceId: string): Invocation {
  return queueCommand(server, deviceId, "list", []);
}

function queueCommand(
  { application }: CopyServer,
  deviceId: string,
  verb: "push" | "list",
  flags: readonly string[],
): Invocation {
  const id = parseApplicationUid(application)?.applicationId ?? application;
  return {
    program: "ttn-lw-cli",
    words: ["end-devices", "downlink", verb, id, deviceId, ...flags],
  };
}
