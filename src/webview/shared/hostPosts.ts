/** Hears what the host posts, and says of each that it was seen: only then comes the next. */
import type { Posted, Seen } from "../../protocol/pagePost";
import { isCount } from "../../util/guards";

/** Whatever comes is answered, even what is not understood: otherwise nothing would come any more. */
export function hearHost<M>(
  host: { postMessage(message: Seen): void },
  isMessage: (value: unknown) => value is Posted<M>,
  receive: (message: Posted<M>) => void,
): void {
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    try {
      if (isMessage(data)) receive(data);
    } finally {
      const post = postOf(data);
      if (post !== undefined) host.postMessage({ type: "seen", post });
    }
  });
}

function postOf(data: unknown): number | undefined {
  if (typeof data !== "object" || data === null || !("post" in data)) return undefined;
  return isCount(data.post) ? data.post : undefined;
}
