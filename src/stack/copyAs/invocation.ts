/** A program with its arguments, before any shell's quoting. */

/** One argument; `keyAfter` is this text followed by the API key, which the shell takes from its variable. */
export type Word = string | { readonly keyAfter: string };

export interface Invocation {
  readonly program: string;
  readonly words: readonly Word[];
  readonly input?: ProgramInput;
}

/** JSON that the program takes as an argument or from standard input. */
export interface ProgramInput {
  readonly json: string;
  /** The option before the JSON as an argument. */
  readonly option: string;
  /** The arguments that say: read it from standard input. */
  readonly fromStdin: readonly string[];
}
