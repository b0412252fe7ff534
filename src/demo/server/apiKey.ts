/** Tokens of The Things Stack as the server sees them. Source: tts-mqtt §1.5, §2. */
import type { Random } from "../random";

export type Right =
  | "RIGHT_APPLICATION_ALL"
  | "RIGHT_APPLICATION_LINK"
  | "RIGHT_APPLICATION_INFO"
  | "RIGHT_APPLICATION_SETTINGS_BASIC"
  | "RIGHT_APPLICATION_DEVICES_READ"
  | "RIGHT_APPLICATION_DEVICES_WRITE"
  | "RIGHT_APPLICATION_TRAFFIC_READ"
  | "RIGHT_APPLICATION_TRAFFIC_UP_WRITE"
  | "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE";

export const trafficRead: Right = "RIGHT_APPLICATION_TRAFFIC_READ";
export const trafficDownWrite: Right = "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE";
/** What the Console's "Generate new API key" grants. */
export const consoleRights: readonly Right[] = [trafficRead, trafficDownWrite];

/** What the HTTP API says of a key with all rights (real-http). */
const allRights = [
  ...["SETTINGS_PACKAGES", "SETTINGS_API_KEYS", "DELETE", "DEVICES_WRITE", "TRAFFIC_DOWN_WRITE"],
  ...["DEVICES_READ", "LINK", "DEVICES_READ_KEYS", "DEVICES_WRITE_KEYS", "TRAFFIC_READ"],
  ...["TRAFFIC_UP_WRITE", "ALL", "SETTINGS_BASIC", "SETTINGS_COLLABORATORS", "INFO"],
].map((name) => `RIGHT_APPLICATION_${name}`);

/** The rights spelled out, as the HTTP API lists them. */
export function listedRights(rights: readonly Right[]): readonly string[] {
  return rights.includes("RIGHT_APPLICATION_ALL") ? allRights : rights;
}

/** API keys, OAuth access tokens and session tokens authenticate; other known types do not. */
const acceptedTypes = ["NNSXS", "MFRWG", "ONZW4"];

/** `NNSXS.<39>.<52>`. */
export function generateApiKey(random: Random): string {
  return `NNSXS.${random.base32(39)}.${random.base32(52)}`;
}

/** The id part, or undefined if the server would not even look the token up. */
export function tokenId(password: string): string | undefined {
  const [type, id, ...secret] = password.split(".");
  if (secret.length !== 1 || !acceptedTypes.includes(type ?? "")) return undefined;
  return id;
}

/** Follows the implications: ALL covers all, LINK implies INFO and both traffic rights. */
export function holdsRight(rights: readonly Right[], right: Right): boolean {
  if (rights.includes(right) || rights.includes("RIGHT_APPLICATION_ALL")) return true;
  const implied: readonly Right[] = ["RIGHT_APPLICATION_INFO", ...consoleRights];
  return rights.includes("RIGHT_APPLICATION_LINK") && implied.includes(right);
}
