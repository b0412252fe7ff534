/** Says what became of a send. The server's own answer comes later, in the tree, the channel and the panel. */
import type { SendResult } from "../../connections/downlinkSender";
import { shortCorrelationId } from "../../stack/correlation";
import { notify, sayBriefly } from "../../views/notices";

export async function reportSend(result: SendResult): Promise<void> {
  if ("problem" in result) {
    await notify("error", result.problem);
    return;
  }
  if ("errors" in result) {
    // Every field was checked while typing, so this names what slipped through.
    const texts = result.errors.map(({ field, message }) => `${field}: ${message}`);
    await notify("error", `Nothing was sent. ${texts.join(" ")}`);
    return;
  }
  const ids = result.sent.downlinks.map(({ correlationId }) => shortCorrelationId(correlationId));
  sayBriefly(
    `Downlink ${ids.join(", ")} reached the server; its answer follows in the log`,
    8,
    "arrow-down",
  );
}
