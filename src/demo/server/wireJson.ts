/** The text of a message as the server writes it: some parts with spaces and sorted keys. Source: real-traffic 5. */

/** What protojson writes, with a space after each comma; a plugin writes the rest and adds none. */
const spacedParts = new Set([
  "decoded_payload",
  "normalized_payload",
  "data",
  "settings",
  "error",
  "confirmed_retry",
  "authentication",
]);
/** Go maps: their keys come sorted, whatever order the formatter made. */
const freeFormParts = new Set(["decoded_payload", "normalized_payload", "data"]);

interface Style {
  readonly isSpaced: boolean;
  readonly isSorted: boolean;
}

/** JSON with the server's commas and order; `isSpaced` for what is protojson as a whole, such as errors over HTTP. */
export function wireJson(value: unknown, isSpaced = false): string {
  return write(value, { isSpaced, isSorted: false });
}

function write(value: unknown, style: Style): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const comma = style.isSpaced ? ", " : ",";
  if (Array.isArray(value)) return `[${value.map((item) => write(item, style)).join(comma)}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  if (style.isSorted) members.sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = members.map(
    ([key, member]) => `${JSON.stringify(key)}:${writeMember(key, member, style)}`,
  );
  return `{${texts.join(comma)}}`;
}

function writeMember(key: string, member: unknown, style: Style): string {
  if (style.isSorted) return write(member, style); // names inside free-form objects mean nothing
  const type = typeOf(member);
  const inner = {
    isSpaced:
      style.isSpaced || (type === undefined ? spacedParts.has(key) : type === "ErrorDetails"),
    isSorted: freeFormParts.has(key) && type === undefined,
  };
  // A list of free-form objects is the plugin's: only what is inside each is protojson's.
  if (Array.isArray(member) && inner.isSorted && !style.isSpaced) {
    return `[${member.map((item) => write(item, inner)).join(",")}]`;
  }
  return write(member, inner);
}

/** Of a message packed into another, as in events: `ErrorDetails` is protojson's, the others are the plugin's. */
function typeOf(member: unknown): string | undefined {
  if (typeof member !== "object" || member === null || !("@type" in member)) return undefined;
  const type = member["@type"];
  return typeof type === "string" ? type.replace(/^.*\./, "") : undefined;
}
