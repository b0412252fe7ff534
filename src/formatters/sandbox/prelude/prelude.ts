/** Runs first in every sandbox: prepares the world of a formatter and answers with what the host may call. */
import { finish, start } from "./calls";
import { parseJson } from "./captured";
import { expectElision } from "./convert";
import { prepareWorld, type WorldOptions } from "./environment";
import { guardNames, isGuardGone, isGuardTouched } from "./guards";
import { rememberWorld, restoreWorld, sweep } from "./worldState";

/** What the host decides about a world, as JSON. */
export interface Options extends WorldOptions {
  /** The script's own names that it could look for on the global object. */
  readonly guarded: readonly string[];
  /** It could change a built-in's flags alone. */
  readonly isThorough: boolean;
  /** A list is written with nothing before its end, which the server's engine keeps as no value at all. */
  readonly hasElision: boolean;
}

export function prepare(text: string) {
  const options = parseJson(text) as Options;
  prepareWorld(options);
  guardNames(options.guarded);
  expectElision(options.hasElision);
  rememberWorld();
  return {
    start,
    finish,
    sweep() {
      if (isGuardTouched()) return "seen";
      const trace = sweep();
      return trace === "lost" && isGuardGone() ? "seen" : trace;
    },
    restore: () => restoreWorld(options.isThorough),
  };
}
