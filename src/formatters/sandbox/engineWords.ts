/** Words the engine's commonest errors as the server's engine does, in its own data, so that scripts see them too. */
const words: readonly (readonly [theirs: string, ours: string])[] = [
  ["'%s' is not defined", "%s is not defined"],
  ["cannot read property '%s' of undefined", "Cannot read property '%s' of undefined"],
  ["cannot read property '%s' of null", "Cannot read property '%s' of null"],
];

/** The module with other texts, none longer than before. */
export function useServerWords(file: Uint8Array): ArrayBuffer {
  const module = Buffer.alloc(file.length, file);
  for (const [theirs, ours] of words) {
    const at = module.indexOf(`${theirs}\0`);
    if (at >= 0) module.fill(0, at, at + theirs.length).write(ours, at);
  }
  return module.buffer;
}
