/** End devices and default formatters as the registries keep them; needs richer keys than MQTT's. Source: real-http. */
import { isJsonObject } from "../../stack/wireReaders";
import type { EndDevice } from "../server/endDevice";
import { frequencies } from "../server/radio";
import { withoutZeros, type WireObject } from "../server/wireObject";
import { failed, invalid, ok, type ApiAnswer } from "./apiAnswer";
import { deviceOf, member, type ApiCall } from "./apiCall";
import { maximumScript, scriptTooLong } from "./formatterCalls";

/** What was set over HTTP: kept and told, the simulated devices go on as they were made. */
const formatters = new WeakMap<object, WireObject>();
const created = "2026-01-15T09:30:00.250Z";

export function getDevices(call: ApiCall): ApiAnswer {
  const limit = Number(call.query.get("limit") ?? 1000) || 1000;
  const query = call.query.get("query") ?? "";
  const uid = call.services.accounts.uidOf(call.applicationId) ?? "";
  const found = call.services.network
    .endDevices(uid)
    .filter(({ deviceId }) => deviceId.includes(query))
    .slice(0, limit);
  const isSearch = call.query.has("query");
  const end_devices = found.map((device) =>
    isSearch ? { ...identity(device), name: nameOf(device) } : registered(device),
  );
  return ok(end_devices.length === 0 ? {} : { end_devices });
}

/** In the identity server's words: names, places, when it was last heard. */
export function getDevice(call: ApiCall): ApiAnswer {
  const device = deviceOf(call);
  return "status" in device ? device : ok(registered(device));
}

/** In the network server's: class, band and what it was told of the radio. */
export function getNetworkDevice(call: ApiCall): ApiAnswer {
  const device = deviceOf(call);
  if ("status" in device) return device;
  const { session } = device;
  return ok({
    ...identity(device, true),
    lorawan_version: "MAC_V1_0_3",
    lorawan_phy_version: "PHY_V1_0_3_REV_A",
    frequency_plan_id: "EU_863_870",
    ...(device.deviceClass === "B" ? { supports_class_b: true } : {}),
    ...(device.deviceClass === "C" ? { supports_class_c: true } : {}),
    mac_state: {
      current_parameters: radioParameters,
      ...(device.deviceClass === "A" ? {} : { device_class: `CLASS_${device.deviceClass}` }),
    },
    session:
      session === undefined
        ? undefined
        : withoutZeros({ dev_addr: session.devAddr, last_f_cnt_up: session.nextFCntUp - 1 }),
  });
}

/** In the application server's: formatters and the downlink counter. */
export function getApplicationDevice(call: ApiCall): ApiAnswer {
  const device = deviceOf(call);
  if ("status" in device) return device;
  const { session } = device;
  const isAsked = (name: string): boolean =>
    (call.query.get("field_mask") ?? "").split(",").some((path) => path.startsWith(name));
  const counters =
    session === undefined
      ? undefined
      : withoutZeros({ dev_addr: session.devAddr, last_a_f_cnt_down: session.lastFCntDown });
  return ok({
    ...identity(device, true),
    session: isAsked("session") ? counters : undefined,
    formatters: isAsked("formatters") ? formatters.get(device) : undefined,
  });
}

/** Sets or, without any in the body, removes the device's own formatters. */
export function putApplicationDevice(call: ApiCall): ApiAnswer {
  const device = deviceOf(call);
  if ("status" in device) return device;
  const wanted = member(call.body, "end_device", "formatters");
  if (isJsonObject(wanted)) formatters.set(device, wanted);
  else formatters.delete(device);
  return ok({ ...identity(device, true), formatters: formatters.get(device) });
}

export function getLink(call: ApiCall): ApiAnswer {
  const default_formatters = formatters.get(call.services.network);
  return ok(default_formatters === undefined ? {} : { default_formatters });
}

export function putLink(call: ApiCall): ApiAnswer {
  const { network } = call.services;
  const wanted = member(call.body, "link", "default_formatters");
  if (isJsonObject(wanted)) formatters.set(network, { ...formatters.get(network), ...wanted });
  return getLink(call);
}

/** A script that is too long is refused before anybody asks for rights. */
export function tooLongScript(call: ApiCall): ApiAnswer | undefined {
  const places = [
    [
      ["link", "SetApplicationLinkRequest"],
      ["default_formatters", "ApplicationLink"],
    ],
    [
      ["end_device", "SetEndDeviceRequest"],
      ["formatters", "EndDevice"],
    ],
  ] as const;
  for (const place of places) {
    for (const field of ["up_formatter_parameter", "down_formatter_parameter"]) {
      const script = member(call.body, ...place.map(([name]) => name), field);
      if (typeof script !== "string" || Array.from(script).length <= maximumScript) continue;
      const path = [...place, [field, "MessagePayloadFormatters"]] as const;
      return failed(invalid(path, scriptTooLong), call.services.network.random);
    }
  }
  return undefined;
}

function registered(device: EndDevice): WireObject {
  const { attributes, versionIds = {} } = device.options;
  return {
    ...identity(device),
    name: nameOf(device),
    attributes,
    version_ids: versionIds,
    locations: Object.keys(device.locations).length > 0 ? device.locations : undefined,
    last_seen_at: device.lastSeenAt,
  };
}

function identity(device: EndDevice, withDevAddr = false): WireObject {
  const updated_at = device.lastSeenAt ?? created;
  return { ids: device.wireIds(withDevAddr), created_at: created, updated_at };
}

function nameOf({ deviceId, options }: EndDevice): string {
  return options.name ?? `The ${deviceId}`;
}

/** EU868 as the network server sets it up. */
const radioParameters: WireObject = {
  max_eirp: 16,
  adr_data_rate_index: 5,
  adr_nb_trans: 1,
  rx1_delay: 5,
  rx2_frequency: "869525000",
  ping_slot_frequency: "869525000",
  beacon_frequency: "869525000",
  channels: frequencies.map((frequency) => ({
    uplink_frequency: String(frequency),
    downlink_frequency: String(frequency),
    max_data_rate_index: 5,
    enable_uplink: true,
  })),
  adr_ack_limit_exponent: "ADR_ACK_LIMIT_64",
  adr_ack_delay_exponent: "ADR_ACK_DELAY_32",
  ping_slot_data_rate_index_value: 3,
};
