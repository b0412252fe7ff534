/** Runs first in every sandbox: prepares the world of a formatter and answers with what the host may call. */
import { finish, run, start } from "./calls";
import { prepareWorld } from "./environment";
import { isWorldClean, rememberWorld, sweepGlobals } from "./worldState";

export function prepare(isBefore3331: boolean) {
  prepareWorld(isBefore3331);
  rememberWorld();
  return { start, finish, run, sweepGlobals, isWorldClean };
}
