/** JSON objects as the server marshals them: what is zero is left out. Source: tts-mqtt §5.1. */

export type WireObject = Readonly<Record<string, unknown>>;

/**
 * Leaves out undefined, "", 0, false and empty lists. One level deep: free-form objects inside keep their zeros, and
 * wrapper types (which are written even when 0) are added by the caller afterwards.
 */
export function withoutZeros(fields: WireObject): WireObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isZero(value)));
}

/** Byte order, each once (tts-mqtt §7.3). */
export function sortedUnique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === "" || value === 0 || value === false;
}
