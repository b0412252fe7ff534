/** The read-only API that `activate()` returns. It can watch, and cannot publish or see a key. */
import type { ConnectionState } from "./mqtt/connectionState";
import type { Model } from "./model/model";
import type { Message } from "./stack/messages";
import type { Event } from "./util/emitter";

/** Version 1 of the API of The Things Stack Explorer. */
export interface ExplorerApi {
  readonly apiVersion: 1;
  /** The applications now, in the order of the tree. */
  readonly applications: readonly ExplorerApplication[];
  /** The latest messages that are still kept, oldest first. */
  recentMessages(): readonly ReceivedMessage[];
  /** Fires for every decoded message. */
  readonly onDidReceiveMessage: Event<ReceivedMessage>;
}

export interface ExplorerApplication {
  /** `soil-lab@ttn`. */
  readonly application: string;
  readonly host: string;
  readonly port: number;
  readonly label: string;
  /** True for the built-in demo network. */
  readonly isDemo: boolean;
  readonly state: ConnectionState["phase"];
  readonly receivedCount: number;
  readonly endDevices: readonly ExplorerEndDevice[];
}

export interface ExplorerEndDevice {
  readonly deviceId: string;
  readonly devEui: string | undefined;
  readonly devAddr: string | undefined;
  /** Milliseconds since 1970; undefined if never heard by radio. */
  readonly lastHeardAt: number | undefined;
  readonly lastFPort: number | undefined;
  readonly lastFCnt: number | undefined;
  readonly pendingDownlinks: number;
}

export interface ReceivedMessage {
  /** Rises by one for each event of the window. */
  readonly id: number;
  /** Arrival, milliseconds since 1970. */
  readonly at: number;
  readonly message: Message;
}

export function createApi(model: Model): ExplorerApi {
  return {
    apiVersion: 1,
    get applications() {
      return model.applications.map((each) => ({
        application: each.settings.application,
        host: each.settings.host,
        port: each.settings.port,
        label: each.label,
        isDemo: each.isDemo,
        state: each.connection.phase,
        receivedCount: each.receivedCount,
        endDevices: [...each.endDevices.values()].map((device) => ({
          deviceId: device.deviceId,
          devEui: device.devEui,
          devAddr: device.devAddr,
          lastHeardAt: device.lastHeardAt,
          lastFPort: device.lastUplink?.fPort,
          lastFCnt: device.lastUplink?.fCnt,
          pendingDownlinks: device.pendingCount,
        })),
      }));
    },
    recentMessages: () => [...model.events.entries()].flatMap((entry) => received(entry) ?? []),
    onDidReceiveMessage: (listener) =>
      model.onDidChange(({ event }) => {
        const message = event && received(event);
        if (message) listener(message);
      }),
  };
}

function received(entry: {
  readonly id: number;
  readonly at: number;
  readonly content: { readonly kind: string };
}): ReceivedMessage | undefined {
  const { id, at, content } = entry;
  if (["connection", "gap", "undecodable"].includes(content.kind)) return undefined;
  return { id, at, message: content as Message };
}
