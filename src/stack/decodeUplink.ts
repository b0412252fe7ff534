/** The bodies of `up` and `up/normalized`. Source: tts-mqtt §5.3–§5.6. */
import type { Envelope, DataRate, Reception, Uplink, UplinkNormalized } from "./messages";
import type { WireObject } from "./wireReaders";

/** Every field by its name: nearly all messages are uplinks, and spreads would cost more than all else here. */
export function decodeUplink(envelope: Envelope, body: WireObject): Uplink {
  const frame = readFrame(body, envelope.simulated);
  const normalizedWarnings = body.strings("normalized_payload_warnings");
  const uplink: Uplink = {
    kind: "uplink",
    applicationUid: envelope.applicationUid,
    deviceId: envelope.deviceId,
    devEui: envelope.devEui,
    joinEui: envelope.joinEui,
    devAddr: envelope.devAddr,
    correlationIds: envelope.correlationIds,
    receivedAt: envelope.receivedAt,
    simulated: envelope.simulated,
    problems: envelope.problems,
    fPort: frame.fPort,
    fCnt: frame.fCnt,
    framePayload: frame.framePayload,
    reception: frame.reception,
    dataRate: frame.dataRate,
    frequency: frame.frequency,
    confirmed: frame.confirmed,
    sessionKeyId: frame.sessionKeyId,
    encrypted: frame.encrypted,
    decodedPayload: body.json("decoded_payload"),
    warnings: body.strings("decoded_payload_warnings"),
    batteryPercentage: body.object("last_battery_percentage")?.number("value", 0, 100),
  };
  return normalizedWarnings.length === 0 ? uplink : { ...uplink, normalizedWarnings };
}

export function decodeUplinkNormalized(envelope: Envelope, body: WireObject): UplinkNormalized {
  const normalizedWarnings = body.strings("normalized_payload_warnings");
  return {
    kind: "uplinkNormalized",
    ...envelope,
    ...readFrame(body, envelope.simulated),
    normalizedPayload: body.json("normalized_payload"),
    ...(normalizedWarnings.length === 0 ? {} : { normalizedWarnings }),
  };
}

function readFrame(body: WireObject, isSimulated: boolean) {
  const settings = body.object("settings");
  return {
    fPort: body.integer("f_port", 255),
    // No radio sent a simulated one, so it has no counter unless it tells one (real-traffic 33).
    fCnt: isSimulated && !body.has("f_cnt") ? undefined : body.counter("f_cnt"),
    framePayload: body.bytes("frm_payload"),
    reception: bestReception(
      body.objects("rx_metadata", maximumAntennas),
      body.count("rx_metadata"),
    ),
    dataRate: readDataRate(settings?.object("data_rate")),
    frequency: settings?.int64("frequency"),
    confirmed: body.boolean("confirmed"),
    sessionKeyId: body.string("session_key_id"),
    encrypted: body.has("app_s_key"),
  };
}

/** The gateway with the best SNR, then RSSI: the server's order means nothing (tts-mqtt §5.4). */
function bestReception(antennas: readonly WireObject[], antennaCount: number): Reception {
  let best = noReception;
  const seen = new Set<string>();
  for (const antenna of antennas) {
    const ids = antenna.object("gateway_ids");
    // Traffic of other networks comes under one constant gateway id; the real one is inside.
    const forwarder = antenna.object("packet_broker");
    const id = forwarder ? forwarder.string("forwarder_gateway_id") : ids?.string("gateway_id");
    if (antennas.length > 1) seen.add(gatewayKey(id, ids, forwarder) ?? `${seen.size} unnamed`);
    const candidate: Reception = {
      gatewayCount: 1,
      gatewayId: id ?? ids?.string("gateway_id"),
      rssi: antenna.number("rssi", -physicalLimit, physicalLimit),
      // 0 dB is omitted; but an antenna that tells no level at all, as in simulations, has none.
      snr: antenna.has("rssi")
        ? antenna.numberOrZero("snr", -physicalLimit, physicalLimit)
        : antenna.number("snr", -physicalLimit, physicalLimit),
    };
    if (best === noReception || isBetter(candidate, best)) best = candidate;
  }
  if (seen.size === 0) return best;
  return { ...best, gatewayCount: seen.size + Math.max(0, antennaCount - maximumAntennas) };
}

/** A gateway with several antennas is one (tts-mqtt §5.4). Of one that is not named nothing can be told. */
function gatewayKey(
  id: string | undefined,
  ids: WireObject | undefined,
  forwarder: WireObject | undefined,
): string | undefined {
  if (!forwarder) return id ?? ids?.string("eui");
  const gateway = id ?? forwarder.string("forwarder_gateway_eui");
  if (gateway === undefined) return undefined;
  const network = forwarder.string("forwarder_net_id") ?? "";
  return `${network} ${forwarder.string("forwarder_tenant_id") ?? ""} ${forwarder.string("forwarder_cluster_id") ?? ""} ${gateway}`;
}

/** No message of a server has more, and a hostile one must not cost time. */
const maximumAntennas = 1_000;

const noReception: Reception = {
  gatewayCount: 0,
  gatewayId: undefined,
  rssi: undefined,
  snr: undefined,
};

function isBetter(a: Reception, b: Reception): boolean {
  const difference = (a.snr ?? -Infinity) - (b.snr ?? -Infinity);
  return difference !== 0 ? difference > 0 : (a.rssi ?? -Infinity) > (b.rssi ?? -Infinity);
}

/** No radio level is beyond. dBm, dB. */
const physicalLimit = 300;

function readDataRate(dataRate: WireObject | undefined): DataRate | undefined {
  const lora = dataRate?.object("lora");
  if (lora) {
    const spreadingFactor = lora.integer("spreading_factor", 12);
    const bandwidth = lora.integer("bandwidth", 10_000_000);
    return spreadingFactor === 0 ? undefined : { modulation: "LoRa", spreadingFactor, bandwidth };
  }
  const fsk = dataRate?.object("fsk");
  if (fsk) return { modulation: "FSK", bitRate: fsk.integer("bit_rate", 10_000_000) };
  const lrfhss = dataRate?.object("lrfhss");
  if (!lrfhss) return undefined;
  return {
    modulation: "LR-FHSS",
    channelWidth: lrfhss.integer("operating_channel_width", 10_000_000),
  };
}
