/** Sends a downlink, shows the wait when it has to wait for its turn, and says what became of it. */
import type { PacerWait } from "../../model/downlinkTurn";
import type { SendResult } from "../../connections/downlinkSender";
import type { DownlinkInput } from "../../stack/downlink";
import { systemClock } from "../../util/clock";
import { waitText } from "../../views/downlink/waitText";
import { sayBriefly, showProgress } from "../../views/notices";
import { reportSend } from "./reportSend";
import type { CommandServices } from "../services";

/** Returns true when the server took it. */
export async function sendVisibly(
  { connections }: Pick<CommandServices, "connections">,
  key: string,
  input: DownlinkInput,
): Promise<boolean> {
  const cancelling = new AbortController();
  const { signal } = cancelling;
  let notice: WaitNotice | undefined;
  const onWait = (wait: PacerWait) => {
    notice ??= new WaitNotice(`Downlink to ${input.deviceId}`, () => cancelling.abort());
    notice.wait = wait;
  };
  let result: SendResult;
  try {
    result = await connections.send(key, input, undefined, { onWait, signal });
  } finally {
    notice?.end();
  }
  if ("problem" in result && result.isCancelled === true) {
    sayBriefly("Cancelled: nothing was sent", 8);
    return false;
  }
  await reportSend(result);
  return "sent" in result;
}

/** A notification that counts down and can be cancelled. */
class WaitNotice {
  wait: PacerWait | undefined;
  readonly end: () => void;

  constructor(title: string, onCancel: () => void) {
    const { promise, resolve } = deferred();
    this.end = resolve;
    void showProgress(title, async ({ report, signal }) => {
      signal.addEventListener("abort", onCancel);
      const tell = () => {
        if (this.wait) report(waitText(this.wait, Date.now()));
      };
      const countdown = systemClock.every(1_000, tell);
      tell();
      await promise;
      countdown.dispose();
    });
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let settle: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (settle = resolve));
  return { promise, resolve: () => settle() };
}
