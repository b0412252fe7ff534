/** What the server tells on its event stream and MQTT never does: why something failed. Source: real-http 2, events.txt. */
import { Emitter } from "../../util/emitter";
import { queuedShape, type Downlink } from "./downlink";
import type { EndDevice } from "./endDevice";
import type { WireObject } from "./wireObject";

export type ServerEventName =
  | "as.up.data.decode.fail"
  | "as.up.data.forward"
  | "as.down.data.receive"
  | "as.down.data.encode.fail"
  | "as.down.data.decode.fail"
  | "as.down.data.drop"
  | "as.mqtt.connect.fail";

export interface ServerEvent {
  readonly name: ServerEventName;
  readonly applicationUid: string;
  /** Undefined: of the application as a whole. */
  readonly device?: EndDevice;
  /** The type in the protocol buffers, `ErrorDetails` and the like. */
  readonly type: string;
  readonly data: WireObject;
  readonly correlationIds: readonly string[];
  /** Whose call it came from. */
  readonly tokenId?: string | undefined;
}

export class ServerEvents {
  private readonly emitter = new Emitter<ServerEvent>();
  readonly onEvent = this.emitter.event;

  /** A downlink came in, however it ends. It alone carries the ids that its sender gave. */
  received(device: EndDevice, downlink: Downlink, tokenId: string | undefined): void {
    this.tell({
      ...{ name: "as.down.data.receive", device, tokenId },
      ...{ type: "ApplicationDownlink", data: queuedShape(downlink) },
      correlationIds: downlink.ownIds,
    });
  }

  /** Something failed, for a reason that only this stream gives. */
  failed(
    name: ServerEventName,
    device: EndDevice,
    correlationIds: readonly string[],
    error: WireObject,
  ): void {
    this.tell({ name, device, type: "ErrorDetails", data: error, correlationIds });
  }

  forwarded(device: EndDevice, message: WireObject, correlationIds: readonly string[]): void {
    const name = "as.up.data.forward";
    this.tell({ name, device, type: "ApplicationUp", data: message, correlationIds });
  }

  /** A login over MQTT was refused. */
  refused(applicationUid: string, error: WireObject): void {
    const name = "as.mqtt.connect.fail";
    this.emitter.fire({
      ...{ name, applicationUid, type: "ErrorDetails", data: error },
      correlationIds: [],
    });
  }

  private tell(event: Omit<ServerEvent, "applicationUid"> & { readonly device: EndDevice }): void {
    this.emitter.fire({ ...event, applicationUid: event.device.applicationUid });
  }
}
