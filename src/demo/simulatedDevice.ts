/** What a simulated end device is made of, and what it and the application behind it can do. */
import type { JsonObject } from "../stack/messages";
import type { Coverage } from "./airwaves";
import type { Random } from "./random";
import type { Downlink } from "./server/downlink";
import type { EndDeviceOptions } from "./server/endDevice";
import type { UplinkInput } from "./server/uplinks";
import type { Weather } from "./weather";

/** One end device: how it is registered, where it stands, how it lives. */
export interface SimulatedDevice {
  readonly endDevice: EndDeviceOptions;
  readonly coverage: Coverage;
  /** Uplinks before we looked. */
  readonly pastUplinks: number;
  /** Called once: plans what the device does. */
  readonly live: (life: Life) => void;
  /** Called once: plans what the application behind it does. */
  readonly operate?: (backend: Backend) => void;
  /** A downlink was transmitted; false: the device did not hear it, so it acknowledges nothing. */
  readonly hear?: (downlink: Downlink, life: Life) => boolean;
}

export interface Planner {
  readonly random: Random;
  /** First after `first` ms, then about every `period` ms. */
  readonly every: (period: number, first: number, action: () => void) => void;
  readonly after: (milliseconds: number, action: () => void) => void;
}

/** The device's side. */
export interface Life extends Planner {
  readonly weather: () => Weather;
  /** Reception and acknowledgement are added. */
  readonly uplink: (input: Omit<UplinkInput, "rxMetadata" | "acknowledges" | "simulated">) => void;
  readonly join: () => void;
}

/** The side of the application, the network and its packages. */
export interface Backend extends Planner {
  /** Queues a downlink, by the Console's road. */
  readonly downlink: (downlink: BackendDownlink) => void;
  readonly serviceData: (service: string, data: JsonObject) => void;
  /** The network sends MAC commands alone, which takes a frame counter. */
  readonly macOnlyDownlink: () => void;
}

export interface BackendDownlink {
  readonly fPort: number;
  readonly framePayload?: Uint8Array;
  /** For the device's downlink encoder. */
  readonly decodedPayload?: JsonObject;
  readonly confirmed?: boolean;
  readonly correlationId: string;
}
