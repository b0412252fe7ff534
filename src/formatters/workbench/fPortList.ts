/** FPorts as people type them. */
import { isFPort } from "./bindings";

/** `2, 3` as numbers, nothing as all; undefined when the text is no list of FPorts. */
export function readFPorts(text: string): readonly number[] | "all" | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) return "all";
  const numbers = words.map((word) => (/^\d{1,3}$/.test(word) ? Number(word) : NaN));
  return numbers.every(isFPort) ? [...new Set(numbers)] : undefined;
}
