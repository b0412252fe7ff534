/** How large a formatter is, beside what the server takes. Source: formatters research §1.1. */
import type { LintFinding } from "./lintScript";

/** Bytes of UTF-8. */
export const maximumScript = 40_960;

export function scriptSize(source: string): number {
  return Buffer.byteLength(source);
}

/** `12.3 of 40 KiB`. */
export function sizeText(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} of ${maximumScript / 1024} KiB`;
}

export function lintSize(source: string): LintFinding[] {
  const size = scriptSize(source);
  if (size <= maximumScript) return [];
  const start = Buffer.from(source).subarray(0, maximumScript).toString("utf8").length;
  const message = `${size} bytes: the server takes at most ${maximumScript}. What follows is too much.`;
  return [
    {
      rule: "size",
      severity: "error",
      start: Math.min(start, source.length),
      end: source.length,
      message,
    },
  ];
}
