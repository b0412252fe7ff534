/**
 * One HTTP request over a connection of our own, with the TLS rules of MQTT. Node's `https.request` is not used: VS Code
 * replaces its agent, so that a proxy and the environment would decide where an API key goes.
 */
import { ClientRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { mayCarryKey, openSocket, readyEvent, type ServerAddress } from "../mqtt/socket";
import type { Clock } from "../util/clock";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** Path with query, percent-encoded. */
  readonly path: string;
  /** Asked once the server's identity is proven; undefined sends nothing. */
  readonly readApiKey: () => Promise<string | undefined>;
  /** JSON text. */
  readonly body?: string;
}

/** Why there is no answer: `ECONNREFUSED`, `TIMEOUT`, `NO_KEY`, `EPLAINTEXT`, a TLS code … */
export class RequestError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export interface Deadlines {
  /** Until the server's identity is proven. Milliseconds. */
  readonly connect: number;
  /** From then until the answer begins. Milliseconds. */
  readonly answer: number;
}

const usual: Deadlines = { connect: 5_000, answer: 10_000 };

/**
 * Resolves with the answer as it begins, whatever its status; a redirect is an answer like any other and never followed.
 * Destroying it closes the connection. Rejects with a {@link RequestError} or an error with a code of Node.
 */
export async function sendRequest(
  server: ServerAddress,
  request: HttpRequest,
  clock: Clock,
  deadlines = usual,
): Promise<IncomingMessage> {
  const socket = openSocket(server);
  // To the very end: Node reports TLS failures twice, and one without a listener is uncaught (reliability R7).
  socket.on("error", () => undefined);
  try {
    await within(clock, deadlines.connect, ready(socket, server));
    if (!mayCarryKey(socket, server)) throw new RequestError("ERR_TLS_UNVERIFIED");
    const apiKey = await request.readApiKey();
    if (apiKey === undefined) throw new RequestError("NO_KEY");
    return await within(clock, deadlines.answer, exchange(socket, server, request, apiKey));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The body as text. Rejects when it is longer than `maximum` bytes, takes longer than `deadline` or breaks off. */
export async function readBody(
  answer: IncomingMessage,
  clock: Clock,
  { maximum, deadline }: { readonly maximum: number; readonly deadline: number },
): Promise<string> {
  const read = async () => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maximum) throw new RequestError("TOO_LONG");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  };
  try {
    return await within(clock, deadline, read());
  } finally {
    answer.destroy();
  }
}

async function ready(socket: Socket, server: ServerAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once(readyEvent(server), resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new RequestError("CLOSED")));
  });
}

/** The class itself: `http.request` is replaced in the extension host, and an agent could bring another connection. */
async function exchange(
  socket: Socket,
  { host, port }: ServerAddress,
  { method, path, body }: HttpRequest,
  apiKey: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const name = host.includes(":") ? `[${host}]` : host;
    const asking = new ClientRequest({
      createConnection: () => socket,
      ...{ method, path, host: name, setHost: false },
      headers: {
        Host: `${name}:${port}`,
        Authorization: `Bearer ${apiKey}`,
        "User-Agent": "thethingsstack-explorer/0.1.0",
        ...(body === undefined
          ? {}
          : {
              "Content-Type": "application/json",
              "Content-Length": String(Buffer.byteLength(body)),
            }),
      },
    });
    asking.once("response", resolve);
    asking.on("error", reject);
    asking.once("close", () => reject(new RequestError("CLOSED")));
    asking.end(body);
  });
}

async function within<T>(clock: Clock, milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, () => reject(new RequestError("TIMEOUT")));
    work
      .then(resolve, (error: unknown) =>
        reject(error instanceof Error ? error : new RequestError("UNKNOWN")),
      )
      .finally(() => timer.dispose());
  });
}
