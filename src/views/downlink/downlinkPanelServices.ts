/** What the downlink panel needs from the rest of the extension. */
import type { TrackedDownlink } from "../../model/downlinks";
import type { DownlinkInput } from "../../stack/downlink";
import type { Event } from "../../util/emitter";

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
  readonly devices: readonly { readonly deviceId: string; readonly detail: string }[];
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
  /** Newest first. */
  tracked(applicationKey: string, deviceId?: string): readonly TrackedDownlink[];
  readonly onDidChangeTracked: Event<unknown>;
  /**
   * Validates again with `buildDownlink(input, createId)`, asks for consent where it is due, publishes and resolves when
   * the server took the packet. `createId` gives the correlation ids that the preview showed.
   */
  send(applicationKey: string, input: DownlinkInput, createId: () => string): Promise<SendAnswer>;
  copy(text: string): void;
  openEvents(applicationKey: string, deviceId: string): void;
  /** A line for the diagnostics. */
  log(text: string): void;
}
