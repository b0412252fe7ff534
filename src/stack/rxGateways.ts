/** Which gateways heard an uplink, as far as a downlink can ask for them by id. Source: tts-mqtt §5.4, §6.2. */
import { isId } from "./identifiers";
import { parseJson } from "./jsonText";
import { isJsonObject, WireObject } from "./wireReaders";

/** What all gateways of other networks, and all relays, come under: no downlink can ask for that. */
const constantIds: ReadonlySet<string> = new Set(["packetbroker", "relay"]);

/** The ids in an uplink's body, the best reception first. Never throws. */
export function addressableGateways(body: Uint8Array): readonly string[] {
  const parsed = parseJson(body);
  if ("problem" in parsed || !isJsonObject(parsed.value)) return [];
  const antennas = new WireObject(parsed.value, [])
    .object("uplink_message")
    ?.objects("rx_metadata");
  const heard = (antennas ?? []).flatMap((antenna) => {
    const id = antenna.object("gateway_ids")?.string("gateway_id") ?? "";
    if (!isId(id) || constantIds.has(id) || antenna.has("packet_broker") || antenna.has("relay"))
      return [];
    return [{ id, rssi: antenna.number("rssi", -300, 300) ?? -Infinity }];
  });
  heard.sort((a, b) => b.rssi - a.rssi);
  return [...new Set(heard.map(({ id }) => id))];
}
