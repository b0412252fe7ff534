/** Identifiers of The Things Stack: application UID, end device id, API key. Source: tts-mqtt §1.4, §1.5, §4. */

const idPattern = /^[a-z0-9](?:-?[a-z0-9]){2,}$/;
const maximumIdLength = 36;

/** True for an application, end device, gateway or tenant id: 3–36 of `a-z0-9` with single inner dashes. */
export function isId(text: string): boolean {
  return text.length <= maximumIdLength && idPattern.test(text);
}

/** What an application UID such as `soil-lab@ttn` is made of; open source servers have no tenant. */
export interface ApplicationUid {
  readonly applicationId: string;
  readonly tenantId: string | undefined;
}

/** Splits `app1@tenant1` or `app1`; undefined if either part breaks the grammar. */
export function parseApplicationUid(text: string): ApplicationUid | undefined {
  const at = text.indexOf("@");
  const applicationId = at < 0 ? text : text.slice(0, at);
  const tenantId = at < 0 ? undefined : text.slice(at + 1);
  if (!isId(applicationId) || (tenantId !== undefined && !isId(tenantId))) return undefined;
  return { applicationId, tenantId };
}

const apiKeyAnywhere = /(?:NNSXS|MFRWG|ONZW4|OJSWM|MF2XI)\.[A-Z2-7]{20,}\.[A-Z2-7]{20,}/i;

/** Finds a token of The Things Stack inside any text, so that it is neither stored nor shown where it is not meant. */
export function findApiKey(text: string): string | undefined {
  return apiKeyAnywhere.exec(text)?.[0];
}

/** Blanks, invisible characters, quotes and the word before a key that are copied with it, and what ends a line of code. */
const aroundKey =
  /^(?:[\s"'`\u200b-\u200d\u2018-\u201e\u2060\ufeff]|Bearer\s)+|[\s"'`,;\u200b-\u200d\u2018-\u201e\u2060\ufeff]+$/gi;

/** The key without what was copied around it. */
export function trimApiKey(text: string): string {
  return text.slice(0, maximumKeyBox).replace(aroundKey, "");
}

/** Longer than any key, short enough to be trimmed at once. */
const maximumKeyBox = 4_096;

/** True when a text holds a token or the beginning of one: it must not become an id, a host or a label. */
export function looksLikeApiKey(text: string): boolean {
  return /(?:NNSXS|MFRWG|ONZW4|OJSWM|MF2XI)\./i.test(text);
}

/** A key as the Console generates it; the server itself accepts other lengths, so this only warns. */
export function isUsualApiKey(text: string): boolean {
  return /^NNSXS\.[A-Z2-7]{39}\.[A-Z2-7]{52}$/.test(text);
}

/**
 * Says why the server would refuse this password before looking it up (tts-mqtt §1.5): it must be
 * `<type>.<id>.<secret>` with a known type.
 */
export function apiKeyProblem(text: string): string | undefined {
  if (text === "") return "Enter the API key.";
  if (/\s/.test(text)) return "An API key has no spaces or line breaks. Paste it once more.";
  if (text.length > 1024) return "This is too long for an API key.";
  const parts = text.split(".");
  if (parts.length !== 3 || parts.some((part) => part === "")) {
    return "An API key has three parts separated by dots: NNSXS.….…";
  }
  if (!["NNSXS", "MFRWG", "ONZW4"].includes(parts[0] ?? "")) {
    return "An API key begins with NNSXS.";
  }
  return undefined;
}
