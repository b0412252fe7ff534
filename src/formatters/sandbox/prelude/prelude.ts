/** Runs first in every sandbox: prepares the world of a formatter and answers with what the host may call. */
import { finish, start } from "./calls";
import { parseJson } from "./captured";
import { prepareWorld, type WorldOptions } from "./environment";
import { guardNames, isGuardTouched } from "./guards";
import { rememberWorld, restoreWorld, sweepGlobals } from "./worldState";

/** What the host decides about a world, as JSON. */
export interface Options extends WorldOptions {
  /** The script's own names that it could look for on the global object. */
  readonly guarded: readonly string[];
  readonly isThorough: boolean;
}

export function prepare(text: string) {
  const options = parseJson(text) as Options;
  prepareWorld(options);
  guardNames(options.guarded);
  rememberWorld();
  return {
    start,
    finish,
    sweep: () => (isGuardTouched() ? "seen" : sweepGlobals()),
    restore: () => restoreWorld(options.isThorough),
  };
}
