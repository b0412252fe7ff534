/** A payload written as fields: the JSON object that the server's own downlink encoder turns into bytes. tts-mqtt §6.2. */
import type { JsonObject, JsonValue } from "./messages";
import { pushProblem, readPush } from "./pastedPush";

const maximumFieldsText = 64 * 1024;
const maximumFieldsDepth = 16;

/** The object in the text, or what is wrong with it. */
export function parseFields(text: string): { fields: JsonObject } | { problem: string } {
  if (text.trim() === "") return { problem: 'Enter a JSON object, such as {"valve":"open"}.' };
  if (text.length > maximumFieldsText) return { problem: "Longer than 64 kB." };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `Not JSON: ${error instanceof Error ? error.message : "unreadable"}` };
  }
  if (!isObject(value)) return { problem: "A JSON object is needed: { … }." };
  const push = readPush(value);
  if (push) return { problem: pushProblem(push) };
  if (depthOf(value, maximumFieldsDepth) > maximumFieldsDepth) {
    return { problem: `Nested deeper than ${maximumFieldsDepth} levels.` };
  }
  if (hasUnsendable(value)) {
    return { problem: "Holds half a character (a lone surrogate) or a number that is too large." };
  }
  return { fields: value };
}

/** What JSON text can say and the server's decoder refuses (lone surrogates) or JSON.stringify makes null of (1e400). */
function hasUnsendable(value: JsonValue): boolean {
  if (typeof value === "string") return !value.isWellFormed();
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([name, child]) => !name.isWellFormed() || hasUnsendable(child),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function depthOf(value: unknown, limit: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (limit < 0) return 1;
  return 1 + Math.max(0, ...Object.values(value).map((child) => depthOf(child, limit - 1)));
}
