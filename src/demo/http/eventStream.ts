/** The event stream: one JSON object a line, although it calls itself `text/event-stream`. Source: real-http 3, events.txt. */
import type { Writable } from "node:stream";
import { parseApplicationUid } from "../../stack/identifiers";
import { isJsonObject } from "../../stack/wireReaders";
import { holdsRight, trafficRead } from "../server/apiKey";
import type { ServerEvent } from "../server/serverEvents";
import { wireJson } from "../server/wireJson";
import type { WireObject } from "../server/wireObject";
import { failed, type ApiAnswer } from "./apiAnswer";
import { member, refusal, rightsOn, type ApiCall } from "./apiCall";

const maximumStreams = 32;
const visibility = { rights: [trafficRead] };

export class EventStreams {
  private readonly open = new Map<Writable, string>();

  constructor(private readonly services: ApiCall["services"]) {
    services.network.events.onEvent((event) => this.tell(event));
  }

  /** Starts a stream on the response after `begin`, or says why not. */
  start(
    call: Omit<ApiCall, "applicationId" | "deviceId">,
    response: Writable,
    begin: () => void,
  ): ApiAnswer | undefined {
    const identifiers = member(call.body, "identifiers");
    const list: readonly unknown[] = Array.isArray(identifiers) ? identifiers : [];
    const [first, ...others] = list;
    const id = member(first, "application_ids", "application_id");
    const { network, accounts } = this.services;
    if (typeof id !== "string" || others.length > 0) {
      const attributes = { field: "identifiers", name: "StreamEventsRequest", reason: "required" };
      return failed({ name: "validation", attributes }, network.random);
    }
    const whole = { ...call, applicationId: id, deviceId: "" };
    const uid = accounts.uidOf(id);
    const refused = rightsOn(whole).length === 0 ? refusal(whole, trafficRead) : undefined;
    if (refused !== undefined || uid === undefined) return refused;
    if (this.open.size >= maximumStreams) {
      return { status: 429, text: '{"code":8, "message":"too many streams"}' };
    }
    begin();
    // Without the right the stream is open and stays empty, as over MQTT.
    if (holdsRight(rightsOn(whole), trafficRead)) this.open.set(response, uid);
    response.once("close", () => this.open.delete(response));
    this.write(response, {
      name: "events.stream.start",
      time: network.stamps.time(),
      identifiers: [isJsonObject(first) ? first : {}],
      correlation_ids: [network.stamps.rpcId("Events/Stream")],
      origin: "demo1",
      unique_id: this.uniqueId(),
    });
    return undefined;
  }

  close(): void {
    for (const response of this.open.keys()) response.destroy();
  }

  private tell(event: ServerEvent): void {
    const readers = [...this.open].filter(([, uid]) => uid === event.applicationUid);
    if (readers.length === 0) return;
    const result = this.resultOf(event);
    for (const [response] of readers) this.write(response, result);
  }

  private resultOf(event: ServerEvent): WireObject {
    const { device, tokenId } = event;
    const application_id = parseApplicationUid(event.applicationUid)?.applicationId;
    const type = `type.googleapis.com/ttn.lorawan.v3.${event.type}`;
    const identifiers =
      device === undefined
        ? { application_ids: { application_id } }
        : { device_ids: device.wireIds(true) };
    return {
      name: event.name,
      time: this.services.network.stamps.time(),
      identifiers: [identifiers],
      data: { "@type": type, ...event.data },
      correlation_ids: event.correlationIds.length === 0 ? undefined : event.correlationIds,
      origin: "demo1",
      visibility,
      authentication:
        tokenId === undefined
          ? undefined
          : { type: "Bearer", token_type: "APIKey", token_id: tokenId },
      unique_id: this.uniqueId(),
    };
  }

  /** A reader that is too slow misses events, as the server keeps none for it. */
  private write(response: Writable, result: WireObject): void {
    if (!response.writableNeedDrain) response.write(`${wireJson({ result })}\n\n`);
  }

  private uniqueId(): string {
    return this.services.network.stamps.correlationId("").slice(1);
  }
}
