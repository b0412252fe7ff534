/** The schema check of a downlink request: one bad downlink drops all, without a word. tts-mqtt §6.2, §6.3 check 4. */
import { isId } from "../../stack/identifiers";
import { priorities } from "../../stack/messages";
import type { ClassBCGateway, RequestedDownlink } from "./downlinkRequest";

/** What breaks the schema, or undefined. */
export function schemaProblem(downlinks: readonly RequestedDownlink[]): string | undefined {
  for (const downlink of downlinks) {
    const problem = downlinkProblem(downlink);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function downlinkProblem(downlink: RequestedDownlink): string | undefined {
  const { fPort, framePayload, correlationIds, priority, classBC, confirmedRetry } = downlink;
  if (fPort > 255 || fPort === 224) return `f_port ${fPort}`;
  if ((framePayload?.length ?? 0) > 255) return "frm_payload longer than 255 bytes";
  if (correlationIds.some((id) => Array.from(id).length > 100)) {
    return "correlation id longer than 100 characters";
  }
  if (priority < 0 || priority >= priorities.length) return `priority ${priority}`;
  if (classBC?.gateways.some(isBadGateway)) return "gateway ids";
  const attempts = confirmedRetry?.maximumAttempts;
  if (attempts !== undefined && (attempts < 1 || attempts > 100)) return `max_attempts ${attempts}`;
  return undefined;
}

/** `gateway_ids` is required; a hex EUI has become 12 bytes and fails here (tts-mqtt §6.1). */
function isBadGateway({ gatewayId, eui }: ClassBCGateway): boolean {
  return gatewayId === undefined || !isId(gatewayId) || (eui.length > 0 && eui.length !== 8);
}
