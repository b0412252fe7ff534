/** The joint between wire, language and model: packets become messages of the model, downlinks become publishes. */
import type { ConnectionState } from "./mqtt/connectionState";
import { Supervisor, TargetError, type ConnectionTarget } from "./mqtt/supervisor";
import type { Application } from "./model/application";
import type { Model } from "./model/model";
import type { ApplicationSettings } from "./stack/applicationSettings";
import { newCorrelationId } from "./stack/correlation";
import { decode } from "./stack/decode";
import {
  buildDownlink,
  type DownlinkInput,
  type FieldError,
  type PreparedPublish,
} from "./stack/downlink";
import { everything } from "./stack/topics";
import type { Clock } from "./util/clock";
import { DisposableStore } from "./util/disposables";

export interface ConnectionServices {
  readonly clock: Clock;
  readonly random: () => number;
  readonly readApiKey: (settings: ApplicationSettings) => Promise<string | undefined>;
  /** PEM text; rejects when the file cannot be used. */
  readonly readCaFile: (path: string) => Promise<string>;
  readonly isPlaintextAllowed: (settings: ApplicationSettings) => boolean;
  /** One line for the diagnostics channel. */
  readonly log: (line: string) => void;
}

/** What became of a wish to send. `problem` is in words for the user. */
export type SendResult =
  | { readonly sent: PreparedPublish }
  | { readonly errors: readonly FieldError[] }
  | { readonly problem: string };

interface Connection {
  readonly supervisor: Supervisor;
  readonly disposables: DisposableStore;
  /** Settings that the supervisor was made for, to notice changes. */
  settings: ApplicationSettings;
  /** When the last working connection ended, milliseconds since 1970. */
  lostAt: number | undefined;
}

/** A machine that slept shows as wall time that ran ahead of monotonic time. Milliseconds. */
const wakeCheckInterval = 5_000;
const wakeThreshold = 10_000;
const wakeJitter = 2_000;

export class Connections {
  private readonly byKey = new Map<string, Connection>();
  private readonly disposables = new DisposableStore();
  private lastWall: number;
  private lastMonotonic: number;

  constructor(
    private readonly model: Model,
    private readonly services: ConnectionServices,
  ) {
    const { clock } = services;
    this.lastWall = clock.now();
    this.lastMonotonic = clock.monotonic();
    this.disposables.add(clock.every(wakeCheckInterval, () => this.checkForWake()));
    this.disposables.add(
      model.onDidChange((change) => {
        if (change.application === undefined) this.followList();
      }),
    );
    this.followList();
  }

  connect(key: string): void {
    this.byKey.get(key)?.supervisor.connect();
  }

  async disconnect(key: string): Promise<void> {
    await this.byKey.get(key)?.supervisor.disconnect();
  }

  /** Takes a new key or new settings into use, unless the user had disconnected. */
  restart(key: string, options: { readonly keyChanged: boolean }): void {
    this.byKey.get(key)?.supervisor.restart(options);
  }

  /**
   * Publishes downlinks: exactly once, now or not at all. That the server took the packet proves nothing; its answer
   * arrives as `down/queued` by the road of all messages (reliability R9, R10).
   */
  async send(
    key: string,
    input: DownlinkInput,
    createId: () => string = newCorrelationId,
  ): Promise<SendResult> {
    const connection = this.byKey.get(key);
    const application = this.model.application(key);
    if (!connection || !application) return { problem: "This application is no longer there." };
    const built = buildDownlink(input, createId);
    if ("errors" in built) return built;
    if (application.connection.phase !== "connected") {
      return { problem: "Not connected. Nothing was sent; connect first." };
    }
    const { downlinks } = this.model;
    const operation = input.operation ?? "push";
    const target = { applicationKey: key, deviceId: input.deviceId, operation };
    downlinks.begin(target, built.downlinks, this.services.clock.now());
    const outcome = await connection.supervisor.publish(built.topic, built.payload);
    const problem = outcome === "acknowledged" ? undefined : publishProblems[outcome];
    for (const { correlationId } of built.downlinks) {
      downlinks.published(correlationId, this.services.clock.now(), problem);
    }
    if (problem !== undefined) return { problem };
    if (operation === "replace") this.model.queueReplaced(key, input.deviceId);
    return { sent: built };
  }

  /** Ends every connection; resolves within two seconds. */
  async close(): Promise<void> {
    this.disposables.dispose();
    const connections = [...this.byKey.values()];
    this.byKey.clear();
    await Promise.all(
      connections.map(async ({ supervisor, disposables }) => {
        await supervisor.disconnect();
        disposables.dispose();
      }),
    );
  }

  /** Makes and removes connections so that there is one for each application of the model. */
  private followList(): void {
    const applications = new Map(this.model.applications.map((each) => [each.key, each]));
    for (const [key, connection] of this.byKey) {
      if (applications.has(key)) continue;
      this.byKey.delete(key);
      void connection.supervisor.disconnect().then(() => connection.disposables.dispose());
    }
    for (const [key, application] of applications) {
      const known = this.byKey.get(key);
      if (!known) this.byKey.set(key, this.create(application));
      else if (hasChanged(known.settings, application.settings)) {
        known.settings = application.settings;
        known.supervisor.restart({ keyChanged: false });
      }
    }
  }

  private create(application: Application): Connection {
    const { key } = application;
    const { clock, random, readApiKey } = this.services;
    const disposables = new DisposableStore();
    const supervisor = new Supervisor({
      clock,
      random,
      startAttempt: async (options, listener) => {
        const { startAttempt } = await import("./mqtt/attempt");
        return startAttempt(options, listener);
      },
      readTarget: () => this.readTarget(application),
      readApiKey: () => readApiKey(application.settings),
      onMessage: (topic, payload) => {
        this.model.apply(key, topic, decode(topic, payload), payload, clock.now());
      },
    });
    const connection: Connection = {
      supervisor: disposables.add(supervisor),
      disposables,
      settings: application.settings,
      lostAt: undefined,
    };
    disposables.add(
      supervisor.onDidChangeState((state) => this.follow(application, connection, state)),
    );
    return connection;
  }

  private async readTarget({ settings }: Application): Promise<ConnectionTarget> {
    const { caFile, host, port, security, application } = settings;
    let extraCertificates: string | undefined;
    if (caFile !== undefined) {
      try {
        extraCertificates = await this.services.readCaFile(caFile);
      } catch {
        throw new TargetError("CA_FILE"); // why it cannot be read does not matter to what the user does
      }
    }
    const allowPlaintext = this.services.isPlaintextAllowed(settings);
    return {
      address: { host, port, security, extraCertificates, allowPlaintext },
      userName: application,
      filters: [everything],
    };
  }

  /** Writes a new state into the model, and what is worth a line among the messages. */
  private follow(application: Application, connection: Connection, state: ConnectionState): void {
    const { key, settings } = application;
    const now = this.services.clock.now();
    const previous = application.connection;
    const note = (text: string) => this.model.note(key, { kind: "connection", text }, now);
    this.services.log(
      `${settings.application} ${settings.host}:${settings.port} ${stateText(state)}`,
    );
    this.model.setConnection(key, state);
    if (state.phase === "connected") {
      if (connection.lostAt !== undefined) {
        this.model.note(key, { kind: "gap", from: connection.lostAt, to: now }, now);
      }
      connection.lostAt = undefined;
      note(`connected to ${settings.host}:${settings.port}`);
      return;
    }
    if (previous.phase === "connected") {
      connection.lostAt = now;
      if (state.phase === "stopped") note("disconnected");
      else note(`connection lost${state.phase === "waiting" ? `: ${state.failure.reason}` : ""}`);
    } else if (
      state.phase === "waiting" &&
      state.attempt === 2 &&
      connection.lostAt === undefined
    ) {
      note(`not connected: ${state.failure.reason}; trying again`);
    }
    if (state.phase === "failed") note(`not connected: ${state.failure.reason}`);
  }

  private checkForWake(): void {
    const { clock, random } = this.services;
    const wall = clock.now();
    const monotonic = clock.monotonic();
    const jump = wall - this.lastWall - (monotonic - this.lastMonotonic);
    this.lastWall = wall;
    this.lastMonotonic = monotonic;
    if (jump < wakeThreshold) return;
    this.services.log(`the clock jumped by ${Math.round(jump / 1000)} s: connecting anew`);
    for (const { supervisor, disposables } of this.byKey.values()) {
      const { phase } = supervisor.state;
      if (phase === "stopped" || phase === "failed") continue;
      const wait = random() * wakeJitter;
      disposables.add(clock.after(wait, () => supervisor.restart({ keyChanged: false })));
    }
  }
}

const publishProblems = {
  notConnected: "Not connected. Nothing was sent; connect first.",
  unknown:
    "The server did not confirm in time, so it is unknown whether the downlink reached it. It is not sent again by itself.",
} as const;

function hasChanged(before: ApplicationSettings, after: ApplicationSettings): boolean {
  return before.security !== after.security || before.caFile !== after.caFile;
}

/** For the diagnostics channel. */
function stateText(state: ConnectionState): string {
  switch (state.phase) {
    case "waiting":
      return `waiting (${state.failure.code}), attempt ${state.attempt} next`;
    case "failed":
      return `failed (${state.failure.code})`;
    case "connecting":
      return `connecting, attempt ${state.attempt}`;
    default:
      return state.phase;
  }
}
