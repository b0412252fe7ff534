/** What a key may do, and where its application is: rights, `auth_info`, the MQTT address. Source: real-http 1. */
import { listedRights, tokenId, type Right } from "../server/apiKey";
import { parseApplicationUid } from "../../stack/identifiers";
import { ok, type ApiAnswer } from "./apiAnswer";
import { rightsOn, type ApiCall } from "./apiCall";

/** 200 and `{}` for the key of another application, for an unknown application and without a key (real-traffic 31). */
export function getRights(call: ApiCall): ApiAnswer {
  const rights = listedRights(rightsOn(call));
  return ok(rights.length === 0 ? {} : { rights });
}

export function getAuthInfo({ apiKey, services }: ApiCall): ApiAnswer {
  const [uid, rights] = Object.entries(apiKey?.rights ?? {})[0] ?? [];
  if (apiKey === undefined || uid === undefined) return ok({});
  const at = services.network.stamps.time().replace(/\d{3}Z$/, "Z");
  return ok({
    api_key: {
      api_key: {
        id: tokenId(apiKey.key),
        name: nameOf(rights ?? []),
        rights: listedRights(rights ?? []),
        created_at: at,
        updated_at: at,
      },
      entity_ids: { application_ids: { application_id: parseApplicationUid(uid)?.applicationId } },
    },
  });
}

export function getConnectionInfo({ services, applicationId }: ApiCall): ApiAnswer {
  const username = services.accounts.uidOf(applicationId);
  return ok({
    public_address: services.mqttAddress,
    public_tls_address: services.mqttAddress,
    username,
  });
}

function nameOf(rights: readonly Right[]): string {
  return rights.includes("RIGHT_APPLICATION_ALL") ? "all" : "mqtt";
}
