/** What a script asks of its scope, read from its tokens, so that it can run as a function's body instead. */
import { tokenize, type Token } from "../script/tokens";
import { readScopes, type BlockFunctions } from "./scopes";

export interface ScriptScope {
  /** Only a realm of its own is exact for each call. */
  readonly isGlobal: boolean;
  /** The script's own names, which it could look for on the global object. Empty where it never mentions that. */
  readonly guarded: readonly string[];
  /** It could change how a built-in is defined without changing its value. */
  readonly isThorough: boolean;
  /** As the server's engine takes it: what a block declares stays in it. */
  readonly source: string;
  /** A name that the server's engine lets nobody declare by `let`, `const` or `class`. */
  readonly conflict: string | undefined;
  /** A list is written with nothing before its end, as in `[1,,]`. */
  readonly hasElision: boolean;
  readonly hasNamedGroups: boolean;
  readonly hasBigInts: boolean;
}

/** Code from text, and work that goes on after a call. */
const needsGlobal = /^(?:eval|Function|Promise|async|await)$/;
const mentionsGlobal = /^(?:this|globalThis)$/;
const changesFlags = /^(?:defineProperty|defineProperties|freeze|seal|preventExtensions|Reflect)$/;
const builtIns =
  /^(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error$|^(?:(?:Big)?(?:Ui|I)nt(?:8|16|32|64)|Uint8Clamped|Float(?:32|64))?Array$|^(?:ArrayBuffer|BigInt|Boolean|DataView|Date|Function|GoError|Infinity|JSON|Map|Math|NaN|Number|Object|Promise|Proxy|Reflect|RegExp|Set|String|Symbol|WeakMap|WeakSet|(?:de|en)codeURI(?:Component)?|escape|eval|globalThis|is(?:Finite|NaN)|parse(?:Float|Int)|undefined|unescape)$/;

const bigIntName = /Big(?:Int|Uint)/;

export function readScriptScope(source: string): ScriptScope {
  const tokens = tokenize(source);
  const { variables, lexical, blocks } = readScopes(tokens);
  const has = (words: RegExp) =>
    tokens.some((token, index) => isWord(token, tokens[index - 1]) && words.test(token.text));
  const declared = [...variables];
  return {
    isGlobal: has(needsGlobal) || declared.some((name) => builtIns.test(name)),
    guarded: has(mentionsGlobal) ? [...declared, "main"] : [],
    isThorough: tokens.some(({ kind, text }) => kind === "name" && changesFlags.test(text)),
    source: keepInBlocks(source, blocks),
    conflict: [...lexical].find((name) => /^(?:main|undefined|NaN|Infinity)$/.test(name)),
    hasElision: tokens.some(
      ({ text }, index) =>
        text === "," &&
        tokens[index + 1]?.text === "]" &&
        /^[[,]$/.test(tokens[index - 1]?.text ?? ""),
    ),
    hasBigInts: tokens.some(({ kind, text }) =>
      kind === "number" ? text.endsWith("n") : bigIntName.test(text),
    ),
    hasNamedGroups: /\(\?<[^=!]/.test(source),
  };
}

function isWord({ kind }: Token, before: Token | undefined): boolean {
  return kind === "name" && before?.text !== "." && before?.text !== "?.";
}

/** A `let` around a block keeps its functions from becoming variables outside, which the server's engine never does. */
function keepInBlocks(source: string, blocks: readonly BlockFunctions[]): string {
  const inserts = blocks.flatMap(({ start, end, names, isSwitch }) => {
    if (end <= start) return [];
    const declared = [...new Set(names)].join(",");
    return [
      { at: start, text: isSwitch ? `{let ${declared};` : `let ${declared};{` },
      { at: end, text: "}" },
    ];
  });
  let result = "";
  let from = 0;
  for (const { at, text } of inserts.sort((left, right) => left.at - right.at)) {
    result += source.slice(from, at) + text;
    from = at;
  }
  return result + source.slice(from);
}
