/** Texts and values as literals of JavaScript and Python, in ASCII, so that no text can end its literal. */
import type { JsonValue } from "../messages";

const notPlain = /[^\x20-\x7e]|["\\]/gu;

export function javaScriptText(text: string): string {
  return `"${text.replace(notPlain, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  })}"`;
}

export function pythonText(text: string): string {
  return `"${text.replace(notPlain, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  })}"`;
}

/** Names are always quoted; `__proto__` in brackets, so that it stays a field. */
export function javaScriptValue(value: JsonValue): string {
  return literal(value, {
    text: javaScriptText,
    name: (name) => (name === "__proto__" ? '["__proto__"]' : javaScriptText(name)),
    words: { true: "true", false: "false", null: "null" },
  });
}

export function pythonValue(value: JsonValue): string {
  return literal(value, {
    text: pythonText,
    name: pythonText,
    words: { true: "True", false: "False", null: "None" },
  });
}

interface Language {
  readonly text: (text: string) => string;
  readonly name: (text: string) => string;
  readonly words: { readonly true: string; readonly false: string; readonly null: string };
}

/** Depth is bounded by what made the value: parsed JSON of at most 64 levels. */
function literal(value: JsonValue, language: Language): string {
  if (value === null) return language.words.null;
  if (typeof value === "boolean") return language.words[`${value}`];
  if (typeof value === "number") return JSON.stringify(value);
  if (typeof value === "string") return language.text(value);
  if (isArray(value)) return `[${value.map((each) => literal(each, language)).join(", ")}]`;
  const members = Object.entries(value).map(
    ([name, child]) => `${language.name(name)}: ${literal(child, language)}`,
  );
  return `{${members.join(", ")}}`;
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
