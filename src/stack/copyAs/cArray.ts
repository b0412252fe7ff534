/** Bytes as a C array, as firmware wants them. */

const bytesInLine = 12;

/** Undefined for no bytes: C has no empty array. */
export function cArray(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  const values = Array.from(
    bytes,
    (byte) => `0x${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  );
  const head = `const uint8_t payload[${bytes.length}] = {`;
  if (values.length <= bytesInLine) return `${head} ${values.join(", ")} };`;
  const lines: string[] = [];
  for (let at = 0; at < values.length; at += bytesInLine) {
    lines.push(`  ${values.slice(at, at + bytesInLine).join(", ")},`);
  }
  return [head, ...lines, "};"].join("\n");
}
