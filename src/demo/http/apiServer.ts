/** The HTTP side of the simulated server, on loopback: reads a call within limits, knows its key, and answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Timers } from "../timers";
import type { ApiKeyOptions } from "../server/accounts";
import { failed, notHere, type ApiAnswer } from "./apiAnswer";
import type { ApiServices } from "./apiCall";
import { answerCall } from "./apiRoutes";
import { EventStreams } from "./eventStream";

/** A script and what is around it. Bytes. */
const maximumBody = 256 * 1024;
const bodyDeadline = 10_000;
const maximumSockets = 128;

export class ApiServer {
  private readonly server: Server;
  private readonly streams: EventStreams;

  constructor(
    private readonly timers: Timers,
    private readonly services: ApiServices,
  ) {
    this.streams = new EventStreams(services);
    const options = { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: 15_000 };
    this.server = createServer(options, (request, response) => void this.serve(request, response));
    this.server.maxConnections = maximumSockets;
  }

  /** Resolves to the port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(0, "127.0.0.1", resolve);
    });
    const address = this.server.address();
    return isAddress(address) ? address.port : 0;
  }

  async close(): Promise<void> {
    this.streams.close();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.answer(request, response);
      if (answer === undefined) return; // a stream, or nobody is there any more
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(answer.text);
    } catch {
      response.destroy();
    }
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<ApiAnswer | undefined> {
    // A web page cannot have this address's name, whatever its own leads to.
    if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(request.headers.host ?? "")) return notHere;
    const bytes = await this.readBody(request);
    if (bytes === undefined) {
      response.destroy();
      return undefined;
    }
    const apiKey = this.keyOf(request.headers.authorization);
    if (apiKey === "unknown") {
      return failed({ name: "invalid_authorization" }, this.services.network.random);
    }
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const { services } = this;
    const call = { services, apiKey, bytes, body: parsed(bytes), query: url.searchParams };
    if (request.method === "POST" && url.pathname === "/api/v3/events") {
      return this.streams.start(call, response, () => {
        response.writeHead(200, { "content-type": "text/event-stream", "x-warning": "no history" });
      });
    }
    return answerCall(request.method ?? "", url.pathname, call);
  }

  /** Undefined: it is too long or takes too long. */
  private async readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
    const deadline = this.timers.after(bodyDeadline, () => request.destroy());
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of request) {
        if (!Buffer.isBuffer(chunk)) continue;
        length += chunk.length;
        if (length > maximumBody) return undefined;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      deadline.dispose();
    }
  }

  private keyOf(authorization: string | undefined): ApiKeyOptions | "unknown" | undefined {
    if (authorization === undefined) return undefined;
    const key = /^Bearer ([\w.]+)$/i.exec(authorization)?.[1];
    return (key === undefined ? undefined : this.services.accounts.apiKey(key)) ?? "unknown";
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
