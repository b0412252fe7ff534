// Stands in for the `debug` package, which would print CONNECT packets with the API key under DEBUG=*.
const createDebug = () => Object.assign(() => undefined, { enabled: false, extend: createDebug });
module.exports = createDebug;
