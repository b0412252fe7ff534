/** Puts the values of variables defined in a text where they are used: in shells, batch files, code and templates. */
import type { Token } from "./tokens";
import { tokenise } from "./tokens";

const maximumVariables = 500;
const maximumValue = 200;
const name = /^\$?(?:env:)?([A-Za-z_][\w.-]{0,63})$/i;
/** Words between a name and its value: types, and ways to ask for an environment variable that has a default. */
const usages =
  /\$\{(?:env[:.])?([A-Za-z_]\w{0,63})(?::?[-?=][^{}]{0,200})?\}|\$(?:env:)?([A-Za-z_]\w{0,63})|%([A-Za-z_]\w{0,63})%|\{([A-Za-z_]\w{0,63})\}/gi;
const joined = /["']\s{0,3}\+\s{0,3}([A-Za-z_]\w{0,63})\s{0,3}\+\s{0,3}["']/g;
const joinedBefore =
  /(?<![\w.])([A-Za-z_]\w{0,63})(?:\.(?:lower|toLowerCase|ToLower|strip|trim)\(\))?\s{0,3}\+\s{0,3}(["'])(?=[@:.])/g;
const withDefault =
  /(?:os\.(?:getenv|environ\.get)|System\.getenv\(\)\.getOrDefault|getenv)\(\s{0,3}["']\w{1,64}["']\s{0,3},\s{0,3}(["'][^"'\n]{1,200}["'])\s{0,3}\)|process\.env\.\w{1,64}\s{0,3}(?:\|\||\?\?)\s{0,3}(["'][^"'\n]{1,200}["'])/g;

export type Variables = ReadonlyMap<string, string>;

/** Names and the literal values given to them; the last assignment is not better than the first. */
export function readVariables(tokens: readonly Token[]): Variables {
  const found = new Map<string, string>();
  for (const [index, token] of tokens.entries()) {
    if (found.size >= maximumVariables) break;
    const value = valueAfter(tokens, index);
    const key = token.kind === "word" ? name.exec(token.text)?.[1] : undefined;
    if (key === undefined || value === undefined) continue;
    if (!found.has(key)) found.set(key, value);
  }
  return found;
}

/** What is assigned to the name at this place: by `=`, `:=`, or after `#define`. */
function valueAfter(tokens: readonly Token[], index: number): string | undefined {
  let next = index + 1;
  const isDefine = tokens[index - 1]?.text === "define" && tokens[index - 2]?.text === "#";
  if (!isDefine) {
    while (next < index + 4 && /^(?:[[\]:]|\*)$/.test(tokens[next]?.text ?? "")) next++;
    if (tokens[next]?.text !== "=") return undefined;
    next++;
  }
  const value = tokens[next];
  if (!value || value.kind === "mark" || value.text.length > maximumValue) return undefined;
  const isExpression = value.kind === "word" && tokens[next + 1]?.text === "(";
  return isExpression || /^[$%]/.test(value.text) ? undefined : value.text;
}

/** The text with the values in place, and with what it takes when a variable of the environment is not set. */
export function substitute(text: string): string {
  const plain = text.replace(
    withDefault,
    (_, first?: string, second?: string) => first ?? second ?? "",
  );
  const variables = readVariables(tokenise(plain));
  let budget = text.length + maximumVariables * maximumValue;
  const valueOf = (whole: string, key: string | undefined) => {
    const value = key === undefined ? undefined : variables.get(key);
    if (value === undefined || budget < value.length) return whole;
    budget -= value.length;
    return value;
  };
  return plain
    .replace(usages, (whole, ...names: (string | undefined)[]) => {
      const known = valueOf(
        whole,
        names.slice(0, 4).find((each) => each !== undefined),
      );
      const fallback = /^\$\{\w+:?-([^{}$]{1,200})\}$/.exec(whole)?.[1];
      return known === whole && fallback !== undefined ? fallback : known;
    })
    .replace(joined, (whole, key: string) => valueOf(whole, key))
    .replace(joinedBefore, (whole, key: string, quote: string) => {
      const value = valueOf(whole, key);
      return value === whole ? whole : quote + value;
    });
}
