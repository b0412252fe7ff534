// A reverse proxy before code-server that adds options to the configuration which the workbench page carries.
import http from "node:http";
import net from "node:net";

/**
 * Starts the proxy on a free port of 127.0.0.1.
 * @param {number} serverPort where code-server listens
 * @param {(host: string) => { developmentOptions: object }} options what to add to the page's configuration; `host` is
 *   the host and port that the browser asked for
 * @returns {Promise<{ port: number, stop: () => Promise<void> }>}
 */
export async function startProxy(serverPort, options) {
  const proxy = http.createServer((request, response) => {
    forward(request, response, serverPort, options(request.headers.host ?? ""));
  });
  proxy.on("upgrade", (request, socket, head) => {
    pipeWebSocket(request, /** @type {net.Socket} */ (socket), head, serverPort);
  });
  const sockets = new Set();
  proxy.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise((resolve, reject) => {
    proxy.once("error", reject);
    proxy.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  return {
    port: /** @type {net.AddressInfo} */ (proxy.address()).port,
    async stop() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {number} port
 * @param {{ developmentOptions: object }} options
 */
function forward(request, response, port, options) {
  const isPage = new URL(request.url ?? "/", "http://localhost").pathname === "/";
  const { method, url, headers } = request;
  if (isPage) {
    // The page must come whole and readable.
    delete headers["accept-encoding"];
    delete headers["if-none-match"];
  }
  const upstream = http.request({ host: "127.0.0.1", port, method, path: url, headers });
  upstream.on("response", (answer) => {
    if (isPage && answer.statusCode === 200) void sendPage(answer, response, options);
    else answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
  });
  upstream.on("error", (error) => {
    if (!response.headersSent) response.writeHead(502, { "content-type": "text/plain" });
    response.end(`The editor does not answer: ${error.message}`);
  });
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
}

/**
 * @param {http.IncomingMessage} answer
 * @param {http.ServerResponse} response
 * @param {{ developmentOptions: object }} options
 */
async function sendPage(answer, response, options) {
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  const page = Buffer.from(addOptions(Buffer.concat(chunks).toString("utf8"), options));
  const headers = { ...answer.headers, "content-length": String(page.length) };
  delete headers["transfer-encoding"];
  delete headers.etag;
  response.writeHead(200, headers).end(page);
}

/**
 * Adds options to the JSON in `<meta id="vscode-workbench-web-configuration" data-settings="...">`.
 * @param {string} page
 * @param {{ developmentOptions: object }} options
 */
function addOptions(page, options) {
  const meta = /(<meta id="vscode-workbench-web-configuration" data-settings=")([^"]*)"/;
  if (!meta.test(page)) throw new Error("The workbench page carries no configuration.");
  return page.replace(meta, (_whole, before, escaped) => {
    const given = JSON.parse(escaped.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
    const developmentOptions = { ...given.developmentOptions, ...options.developmentOptions };
    const changed = JSON.stringify({ ...given, ...options, developmentOptions });
    return `${before}${changed.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`;
  });
}

/**
 * @param {http.IncomingMessage} request
 * @param {net.Socket} socket
 * @param {Buffer} head
 * @param {number} port
 */
function pipeWebSocket(request, socket, head, port) {
  const upstream = net.connect(port, "127.0.0.1", () => {
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
    }
    upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
  upstream.setNoDelay(true);
  socket.setNoDelay(true);
  socket.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
  upstream.on("error", () => socket.destroy()).on("close", () => socket.destroy());
}
