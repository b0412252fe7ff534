/** A real broker on a free loopback port, with TLS, a password file and access rules in a temporary folder. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "./conditions";
import type { Certificates, Identity } from "./certificates";

const program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].find((each) =>
  existsSync(each),
);
export const hasMosquitto = program !== undefined;

export interface MosquittoOptions {
  /** User name -> password. Each user may read and write the topics of its own application. */
  readonly users: Readonly<Record<string, string>>;
  readonly tls?: { readonly certificates: Certificates; readonly identity?: Identity };
  /** Further lines of the configuration. */
  readonly extra?: readonly string[];
}

export class Mosquitto {
  private child: ChildProcess | undefined;
  private output = "";

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(options: MosquittoOptions): Promise<Mosquitto> {
    const folder = mkdtempSync(path.join(tmpdir(), "mosquitto-"));
    const broker = new Mosquitto(folder, await freePort());
    broker.configure(options);
    await broker.start();
    return broker;
  }

  /** What the broker logged so far. */
  get log(): string {
    return this.output;
  }

  /** Starts it on the same port again. */
  async start(): Promise<void> {
    const child = spawn(program ?? "mosquitto", ["-c", "mosquitto.conf"], { cwd: this.folder });
    this.child = child;
    child.stdout.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    let isListening = false;
    await eventually("mosquitto listens", () => {
      if (child.exitCode !== null) throw new Error(`mosquitto ended:\n${this.output}`);
      const socket = connect(this.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.on("connect", () => {
        isListening = true;
        socket.destroy();
      });
      return isListening;
    });
  }

  /** Ends it at once; all connections are cut. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private configure({ users, tls, extra = [] }: MosquittoOptions): void {
    const file = (name: string) => path.join(this.folder, name);
    writeFileSync(file("passwords"), "");
    const rules: string[] = [];
    for (const [user, password] of Object.entries(users)) {
      execFileSync("mosquitto_passwd", ["-b", file("passwords"), user, password], {
        stdio: "pipe",
      });
      rules.push(`user ${user}`, `topic readwrite v3/${user}/#`);
    }
    writeFileSync(file("rules"), `${rules.join("\n")}\n`);
    const identity = tls?.identity ?? tls?.certificates.server;
    const lines = [
      `listener ${this.port} 127.0.0.1`,
      "allow_anonymous false",
      "user root", // the folder is ours alone
      `password_file ${file("passwords")}`,
      `acl_file ${file("rules")}`,
      "persistence false",
      "log_dest stderr",
      "log_type all",
      ...(identity ? [`certfile ${identity.certFile}`, `keyfile ${identity.keyFile}`] : []),
      ...extra,
    ];
    writeFileSync(file("mosquitto.conf"), `${lines.join("\n")}\n`);
  }
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
