/** What the workspace's formatter makes of an event, for the top of the event's JSON document. */
import type { Workbench } from "../../formatters/workbench/workbench";
import type { FormatterAnswer } from "../../formatters/formatter";
import { errorText } from "../../formatters/workbench/report";
import type { EventEntry } from "../../model/eventStore";

/** `{"decoded here with codecs/soil.js": {…}}`; empty where nothing is bound. */
export async function decodedHere(workbench: Workbench, entry: EventEntry): Promise<object> {
  const { content, id } = entry;
  if (content.kind === "uplink") {
    const outcome = workbench.outcome(id);
    return outcome ? named(outcome.formatter, outcome.answer) : {};
  }
  if (!("downlink" in content) || !content.downlink?.framePayload.length) return {};
  const { downlink, applicationUid, deviceId } = content;
  const { framePayload: bytes, fPort } = downlink;
  const found = await workbench.decodeDownlink(applicationUid, deviceId, { bytes, fPort });
  return found ? named(found.formatter, found.answer) : {};
}

function named(formatter: string, { error, result }: FormatterAnswer<unknown>): object {
  return error
    ? { [`fails here with ${formatter}`]: errorText(error) }
    : { [`decoded here with ${formatter}`]: result };
}
