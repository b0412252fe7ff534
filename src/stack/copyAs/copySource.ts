/** What can be copied: where it lives, what to subscribe to, and the downlinks or the bytes, as far as there are any. */
import type { ApplicationSettings } from "../applicationSettings";
import type { ClassBC } from "../downlinkOptions";
import type { JsonObject, Priority } from "../messages";

/** The server as commands and snippets address it. */
export type CopyServer = Pick<
  ApplicationSettings,
  "application" | "host" | "port" | "security" | "caFile"
>;

/** One downlink without what belongs to a single send, such as our correlation id. */
export interface CopyDownlink {
  readonly fPort: number;
  readonly payload: { readonly bytes: Uint8Array } | { readonly fields: JsonObject };
  readonly priority: Priority;
  readonly confirmed: boolean;
  readonly maximumAttempts?: number | undefined;
  readonly classBC?: ClassBC | undefined;
}

export interface CopySource {
  readonly server: CopyServer;
  /** False for the demo network, which speaks MQTT only. */
  readonly hasHttpApi: boolean;
  readonly deviceId: string | undefined;
  /** Topic or topic filter to subscribe to. */
  readonly topic: string;
  readonly bytes?: Uint8Array | undefined;
  /** What the bytes are, where that is not obvious. */
  readonly bytesNote?: string | undefined;
  readonly downlink?: CopyDownlink | undefined;
  /** What the downlink is, where that is not obvious. */
  readonly downlinkNote?: string | undefined;
}

/** The variable that commands and snippets read the API key from. The key itself is never copied. */
export const keyVariable = "TTS_API_KEY";
