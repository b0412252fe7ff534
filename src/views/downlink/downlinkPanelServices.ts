/** What the downlink panel needs from the rest of the extension. */
import type { Waiting } from "../../model/downlinkTurn";
import type { DownlinkEvidence } from "../../model/downlinkEvidence";
import type { TrackedDownlink } from "../../model/downlinkVerdict";
import type { Target } from "../../protocol/downlinkPage";
import type { DownlinkInput, PreparedDownlink } from "../../stack/downlink";
import type { PayloadLimit } from "../../stack/payloadLimit";
import type { Event } from "../../util/emitter";
import type { LocalEncoder } from "./localEncodings";

/** An application that downlinks can be sent to, and the end devices seen in it in the order to show them. */
export interface DownlinkTarget {
  readonly applicationKey: string;
  readonly applicationUid: string;
  readonly label: string;
  /** `host:port`. */
  readonly server: string;
  readonly connected: boolean;
  readonly isDemo: boolean;
  readonly production: boolean;
  /** The server said that the API key lacks the right to send. */
  readonly mayNotSend?: boolean;
  readonly devices: readonly { readonly deviceId: string; readonly detail: string }[];
}

/** What the traffic told about an end device that matters for a downlink to it. */
export interface DeviceFacts {
  /** Ids that a downlink can ask for, of the gateways that heard it lately, the best first. */
  readonly gateways: readonly string[];
  /** At the data rate of its last uplink. */
  readonly payloadLimit: PayloadLimit | undefined;
  /** Downlinks of others that wait for it. */
  readonly othersPending: number;
}

/**
 * What became of a send. `problem` says in words, free of server texts, why nothing was sent or why nobody knows; a user
 * who declines the consent is such a problem, too.
 */
export type SendAnswer =
  { readonly sent: true } | { readonly errors: readonly unknown[] } | { readonly problem: string };

/** What the panel needs from the rest of the extension. */
export interface DownlinkPanelServices {
  targets(): readonly DownlinkTarget[];
  readonly onDidChangeTargets: Event<unknown>;
  /** Undefined for an end device that was never seen. */
  device(applicationKey: string, deviceId: string): DeviceFacts | undefined;
  /** Something was heard of an end device. */
  readonly onDidHear: Event<Target>;
  /** Newest first. */
  tracked(applicationKey: string, deviceId?: string): readonly TrackedDownlink[];
  readonly onDidChangeTracked: Event<unknown>;
  /**
   * Validates again with `buildDownlink(input, createId)`, asks for consent where it is due, publishes and resolves when
   * the server took the packet. `createId` gives the correlation ids that the preview showed; `waiting` tells of a wait
   * for the downlink's turn and can end it.
   */
  send(
    applicationKey: string,
    input: DownlinkInput,
    createId: () => string,
    waiting: Waiting,
  ): Promise<SendAnswer>;
  /** What helps to explain a silence or a wait. */
  evidence(applicationKey: string, deviceId: string): DownlinkEvidence;
  /** Somebody is about to send to an application: learns whether its API key may. Cheap to call again. */
  prepare?(applicationKey: string): void;
  /** Checks the connection of an application; the findings appear in the tree. */
  check(applicationKey: string): void;
  /** The payload formatters of the workspace. */
  readonly localEncoder: LocalEncoder;
  copy(text: string): void;
  /** Asks for the command or program to copy a downlink as. */
  copyAs(applicationKey: string, deviceId: string, downlink: PreparedDownlink): void;
  openEvents(applicationKey: string, deviceId: string): void;
  /** A line for the diagnostics. */
  log(text: string): void;
}
