/** Puts a value of ours in the place of a built-in, hidden from enumeration as the built-in was. */
export function replace(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
