/** Stands in for the `debug` package, which would print CONNECT packets with the API key under DEBUG=*. */
function createDebug(): (...values: unknown[]) => void {
  return Object.assign(() => undefined, { enabled: false, extend: createDebug });
}
export default createDebug;
