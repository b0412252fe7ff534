/** One call of the HTTP API: whose key, which application and end device, which body; and who may make it. */
import { isJsonObject } from "../../stack/wireReaders";
import type { Accounts, ApiKeyOptions } from "../server/accounts";
import { holdsRight, tokenId, type Right } from "../server/apiKey";
import type { EndDevice } from "../server/endDevice";
import type { Network } from "../server/network";
import { failed, type ApiAnswer } from "./apiAnswer";
import type { FormatterMaker } from "./formatterEngine";

export interface ApiServices {
  readonly accounts: Accounts;
  readonly network: Network;
  /** Runs payload formatters; without it this server has no such calls. */
  readonly createFormatter: FormatterMaker | undefined;
  /** Where clients connect to MQTT: `host:port`. */
  readonly mqttAddress: string;
}

export interface ApiCall {
  readonly services: ApiServices;
  /** Undefined: no key was given. */
  readonly apiKey: ApiKeyOptions | undefined;
  /** As in the path, without tenant. */
  readonly applicationId: string;
  readonly deviceId: string;
  /** The bytes of the body, and what they are as JSON; undefined if they are none. */
  readonly bytes: Uint8Array;
  readonly body: unknown;
  readonly query: URLSearchParams;
}

/** What the key may do on the application; nothing without a key. */
export function rightsOn({ services, apiKey, applicationId }: ApiCall): readonly Right[] {
  const uid = services.accounts.uidOf(applicationId);
  return uid === undefined ? [] : (apiKey?.rights[uid] ?? []);
}

/** Undefined if the key has the right; else the refusal, with the name of what is missing. */
export function refusal(call: ApiCall, right: Right): ApiAnswer | undefined {
  const { services, applicationId } = call;
  const { random } = services.network;
  const uid = services.accounts.uidOf(applicationId) ?? applicationId;
  const rights = rightsOn(call);
  if (rights.length === 0) {
    return failed({ name: "no_application_rights", attributes: { uid } }, random);
  }
  if (holdsRight(rights, right)) return undefined;
  const attributes = { missing: [right], uid };
  return failed({ name: "insufficient_application_rights", attributes }, random);
}

/** The end device of the path, or that there is none. */
export function deviceOf(call: ApiCall): EndDevice | ApiAnswer {
  const { services, applicationId, deviceId } = call;
  const { network, accounts } = services;
  const uid = accounts.uidOf(applicationId);
  const device = uid === undefined ? undefined : network.endDevice(uid, deviceId);
  if (device !== undefined) return device;
  const attributes = { device_uid: `${uid ?? applicationId}.${deviceId}` };
  return failed({ name: "device_not_found", attributes }, network.random);
}

/** The id part of the key. */
export function tokenIdOf({ apiKey }: ApiCall): string | undefined {
  return apiKey === undefined ? undefined : tokenId(apiKey.key);
}

/** A member of a JSON object, undefined of anything else. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      isJsonObject(inner) ? Object.entries(inner).find(([name]) => name === key)?.[1] : undefined,
    value,
  );
}
