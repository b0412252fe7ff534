/** Calls the simulated server's HTTP API as any client would, and reads its event stream line by line. */
import { request, type ClientRequest, type IncomingMessage } from "node:http";

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export interface HttpCall {
  readonly port: number;
  readonly method?: string;
  /** With `/api/v3`. */
  readonly path: string;
  readonly key?: string | undefined;
  /** A text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One call; rejects when the connection is cut. */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = send(call, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"] ?? "",
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on("error", reject);
  });
}

/** The lines of a stream as they come; `close` ends it. */
export class HttpStream {
  private readonly lines: string[] = [];
  private readonly waiting = new Set<() => void>();
  private rest = "";
  private taken = 0;

  private constructor(
    readonly contentType: string,
    readonly close: () => void,
  ) {}

  static async open(call: HttpCall): Promise<HttpStream> {
    return new Promise((resolve, reject) => {
      const sent = send(call, (response) => {
        const type = response.headers["content-type"] ?? "";
        const stream = new HttpStream(type, () => sent.destroy());
        response.on("data", (chunk: Buffer) => stream.add(chunk.toString()));
        response.on("error", () => undefined);
        resolve(stream);
      });
      sent.on("error", reject);
    });
  }

  /** The next line that is not blank. */
  async next(): Promise<string> {
    for (;;) {
      const line = this.lines[this.taken];
      if (line !== undefined) {
        this.taken++;
        return line;
      }
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  private add(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    this.lines.push(...lines.filter((line) => line !== ""));
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}

function send(
  { port, method = "GET", path, key, body, headers = {} }: HttpCall,
  onResponse: (response: IncomingMessage) => void,
): ClientRequest {
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const length = text === "" ? {} : { "content-length": String(Buffer.byteLength(text)) };
  const sent = request(
    {
      ...{ host: "127.0.0.1", port, method, path, agent: false },
      headers: { ...headers, ...authorization, ...length },
    },
    onResponse,
  );
  sent.end(text);
  return sent;
}
