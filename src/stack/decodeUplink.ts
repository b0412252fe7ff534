/** The bodies of `up` and `up/normalized`. Source: tts-mqtt §5.3–§5.6. */
import type { Envelope, DataRate, Reception, Uplink, UplinkNormalized } from "./messages";
import type { WireObject } from "./wireReaders";

/** Every field by its name: nearly all messages are uplinks, and spreads would cost more than all else here. */
export function decodeUplink(envelope: Envelope, body: WireObject): Uplink {
  const frame = readFrame(body);
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
    ...readFrame(body),
    normalizedPayload: body.json("normalized_payload"),
    ...(normalizedWarnings.length === 0 ? {} : { normalizedWarnings }),
  };
}

function readFrame(body: WireObject) {
  const settings = body.object("settings");
  return {
    fPort: body.integer("f_port", 255),
    fCnt: body.integer("f_cnt", 0xffffffff),
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
function bestReception(antennas: readonly WireObject[], gatewayCount: number): Reception {
  let best = noReception;
  for (const antenna of antennas) {
    const ids = antenna.object("gateway_ids");
    // Traffic of other networks comes under one constant gateway id; the real one is inside.
    const forwarder = antenna.object("packet_broker");
    const candidate: Reception = {
      gatewayCount,
      gatewayId: forwarder?.string("forwarder_gateway_id") ?? ids?.string("gateway_id"),
      rssi: antenna.number("rssi", -physicalLimit, physicalLimit),
      // 0 dB is omitted; but an antenna that tells no level at all, as in simulations, has none.
      snr: antenna.has("rssi")
        ? antenna.numberOrZero("snr", -physicalLimit, physicalLimit)
        : antenna.number("snr", -physicalLimit, physicalLimit),
    };
    if (best === noReception || isBetter(candidate, best)) best = candidate;
  }
  return best;
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
