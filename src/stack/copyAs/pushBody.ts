/** The topic and the JSON that push a copied downlink, over MQTT and over HTTP alike. Source: tts-mqtt §6, §9.2. */
import { classBCToWire } from "../downlinkOptions";
import { payloadToWire } from "../downlink";
import type { JsonObject } from "../messages";
import { downlinkTopic } from "../topics";
import type { CopyDownlink, CopyServer } from "./copySource";

export interface Push {
  readonly topic: string;
  readonly body: JsonObject;
}

export function pushOf(server: CopyServer, deviceId: string, downlink: CopyDownlink): Push {
  const { fPort, payload, priority, confirmed, maximumAttempts, classBC } = downlink;
  const wire = {
    f_port: fPort,
    ...payloadToWire(payload),
    priority,
    ...(confirmed ? { confirmed } : {}),
    ...(maximumAttempts === undefined
      ? {}
      : { confirmed_retry: { attempt: 1, max_attempts: maximumAttempts } }),
    ...(classBC === undefined ? {} : { class_b_c: classBCToWire(classBC) as JsonObject }),
  };
  return {
    topic: downlinkTopic(server.application, deviceId, "push"),
    body: { downlinks: [wire] },
  };
}
