/** How every page of ours says that it has seen what the host told it, so that the host never runs ahead of it. */
import { isCount, oneOf, shape } from "../util/guards";

/** A message of the host with its number. */
export type Posted<M> = M & { readonly post: number };

/** The answer to it. */
export interface Seen {
  readonly type: "seen";
  readonly post: number;
}

export const isSeen = shape<Seen>({ type: oneOf("seen"), post: isCount });
