/** What views need of the results of the workspace's formatters, and its empty form where there are none. */
import type { Event } from "../../util/emitter";
import type { Outcome } from "./outcome";

export interface Decoded {
  readonly outcomes: readonly Outcome[];
  /** They came just now, each for the first time. */
  readonly isLive: boolean;
}

export interface LocalOutcomes {
  /** Of an event, as its formatter is now. */
  outcome(eventId: number): Outcome | undefined;
  /** Of the latest frame of an end device. */
  latestOf(applicationKey: string, deviceId: string): Outcome | undefined;
  /** Frames were decoded: new ones, or those of the past again. */
  readonly onDidDecode: Event<Decoded>;
}

export const noOutcomes: LocalOutcomes = {
  outcome: () => undefined,
  latestOf: () => undefined,
  onDidDecode: () => ({ dispose: () => undefined }),
};
