/** Remembers what a function made of a text, within a bound. */

/**
 * The same function, which computes each text's value once as long as it remembers it. Values must not be changed.
 * @param maximum texts that are remembered; beyond it all are forgotten, and it begins anew
 * @param longest characters of the longest text that is worth remembering
 */
export function memoize<T>(
  maximum: number,
  longest: number,
  compute: (text: string) => T,
): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = compute(text);
    if (text.length > longest) return value;
    if (known.size >= maximum) known.clear();
    known.set(text, value);
    return value;
  };
}
