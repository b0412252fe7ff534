/**
 * Whether a script could tell a function's body from the global scope, leave work behind after a call, or change how a
 * built-in is defined without changing its value. A guess towards yes: then each call gets a realm of its own, which is exact and only slower.
 */
const words =
  /\b(?:this|globalThis|eval|Function|Promise|async|await|Proxy|Reflect|arguments|main|defineProperty|defineProperties|defineGetter|freeze|seal|preventExtensions)\b|\bprototype\b|__proto__/;
const builtIns =
  "Array|ArrayBuffer|BigInt|Boolean|DataView|Date|Error|JSON|Map|Math|Number|Object|RegExp|Set|String|Symbol|" +
  "decodeURI|decodeURIComponent|encodeURI|encodeURIComponent|escape|isFinite|isNaN|parseFloat|parseInt|undefined|unescape";
const declaration = new RegExp(
  `(?:\\b(?:var|let|const|function|class)\\s+|,\\s*)(?:${builtIns})\\b(?!\\s*[.([])`,
);

export function needsGlobalScope(source: string): boolean {
  return words.test(source) || declaration.test(source);
}
