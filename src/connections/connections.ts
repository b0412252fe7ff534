/** The joint between wire, language and model: packets become messages of the model, downlinks become publishes. */
import type { Attempt, AttemptListener, AttemptOptions } from "../mqtt/attempt";
import { ConnectionChecks } from "./connectionChecks";
import { ConnectionJournal } from "./connectionJournal";
import type { Waiting } from "../model/downlinkTurn";
import { defaultPerMinute } from "./downlinkPacer";
import { DownlinkSender, type SendResult } from "./downlinkSender";
import { needsNewConnection, readTarget, type TargetServices } from "./connectionTarget";
import type { ConnectionState } from "../mqtt/connectionState";
import { MessageQueue } from "./messageQueue";
import type { ServerAddress } from "../mqtt/socket";
import { StartSpread } from "../mqtt/startSpread";
import { Supervisor } from "../mqtt/supervisor";
import { watchForWake } from "../mqtt/wakeWatch";
import { AnswerWatch } from "../model/answerWatch";
import type { Application } from "../model/application";
import type { Model } from "../model/model";
import type { ApplicationSettings } from "../stack/applicationSettings";
import { decode } from "../stack/decode";
import type { DownlinkInput } from "../stack/downlink";
import type { Clock } from "../util/clock";
import { DisposableStore } from "../util/disposables";

export interface ConnectionServices extends TargetServices {
  readonly clock: Clock;
  readonly random: () => number;
  readonly readApiKey: (settings: ApplicationSettings) => Promise<string | undefined>;
  /** One line for the diagnostics channel. */
  readonly log: (line: string) => void;
  /** How long the server may take to answer to a downlink, milliseconds; 15 s if not given. */
  readonly answerTimeout?: () => number;
  /** How many downlinks a minute an application may send; 10 if not given. */
  readonly downlinksPerMinute?: () => number;
  /** Where the HTTP API may be; where it usually is if not given. */
  readonly apiAddresses?: (mqtt: ServerAddress) => readonly ServerAddress[];
  /** Makes attempts to connect; over the network if not given. */
  readonly startAttempt?: typeof startAttempt;
}

interface Connection {
  readonly supervisor: Supervisor;
  readonly disposables: DisposableStore;
  /** Settings that the supervisor was made for, to notice changes. */
  settings: ApplicationSettings;
  readonly journal: ConnectionJournal;
}

/** After a wake all connections begin anew, but not together. Milliseconds. */
const wakeJitter = 2_000;

export class Connections {
  private readonly byKey = new Map<string, Connection>();
  private readonly disposables = new DisposableStore();
  private readonly startSpread: StartSpread;
  private readonly queue: MessageQueue;
  private readonly sender: DownlinkSender;
  private readonly checks: ConnectionChecks;
  private lastProblem = "";

  constructor(
    private readonly model: Model,
    private readonly services: ConnectionServices,
  ) {
    const { clock } = services;
    this.startSpread = new StartSpread(clock, services.random);
    this.queue = this.disposables.add(
      new MessageQueue({
        clock,
        handle: (key, topic, payload) => this.receive(key, topic, payload),
        onShed: (key, count) => this.byKey.get(key)?.journal.shed(count),
      }),
    );
    this.sender = this.disposables.add(
      new DownlinkSender(model, {
        clock,
        perMinute: services.downlinksPerMinute ?? (() => defaultPerMinute),
        publish: (key, topic, payload, onLate) =>
          this.byKey.get(key)?.supervisor.publish(topic, payload, onLate),
      }),
    );
    this.checks = new ConnectionChecks(model, {
      ...services,
      startAttempt,
      onGained: (key) =>
        this.restartOnPurpose(key, "the API key has more rights now, which count from a new login"),
    });
    this.disposables.add(new AnswerWatch(model.downlinks, clock, services.answerTimeout));
    this.disposables.add(watchForWake(clock, (since, duration) => this.wake(since, duration)));
    this.disposables.add(
      model.onDidChange((change) => {
        if (change.application === undefined) this.followList();
      }),
    );
    this.followList();
  }

  connect(key: string): void {
    const supervisor = this.byKey.get(key)?.supervisor;
    if (!supervisor) return;
    const { phase } = supervisor.state;
    if (phase === "connecting" || phase === "connected") return;
    supervisor.connect(this.startSpread.next());
  }

  /** @param reason in words, for the event channel; not needed where the user asked for just this */
  async disconnect(key: string, reason?: string): Promise<void> {
    const connection = this.byKey.get(key);
    if (!connection) return;
    const { journal, supervisor } = connection;
    let ended: Promise<void> | undefined;
    if (reason === undefined) ended = supervisor.disconnect();
    else {
      journal.onPurpose(reason, () => {
        ended = supervisor.disconnect();
      });
    }
    await ended;
  }

  /** Takes a new key or new settings into use, unless the user had disconnected. */
  restart(key: string, options: { readonly keyChanged: boolean }): void {
    const reason = options.keyChanged ? "the API key was changed" : "the settings were changed";
    if (options.keyChanged) this.keyChanged(key);
    this.restartOnPurpose(key, reason, options);
  }

  /** Ends a connection whose API key was deleted in another window. */
  stopWithoutKey(key: string): void {
    const connection = this.byKey.get(key);
    this.keyChanged(key);
    connection?.journal.onPurpose("the API key was deleted", () =>
      connection.supervisor.failWith("NO_KEY", connection.settings),
    );
  }

  /** Sends downlinks exactly once, in their turn, or not at all; see {@link DownlinkSender}. */
  send(
    key: string,
    input: DownlinkInput,
    createId?: () => string,
    waiting?: Waiting,
  ): Promise<SendResult> {
    return this.sender.send(key, input, createId, waiting);
  }

  /** Checks the connection step by step; see {@link ConnectionChecks}. */
  check(key: string): Promise<void> {
    return this.checks.check(key);
  }

  dismissCheck(key: string): void {
    this.checks.dismiss(key);
  }

  /** Learns in the background whether the API key may send; call it when somebody is about to. */
  learnRights(key: string): void {
    void this.checks.learnRights(key);
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
      else if (needsNewConnection(known.settings, application.settings)) {
        known.settings = application.settings;
        this.restart(key, { keyChanged: false });
      }
    }
  }

  private restartOnPurpose(key: string, reason: string, options = { keyChanged: false }): void {
    const connection = this.byKey.get(key);
    connection?.journal.onPurpose(reason, () => connection.supervisor.restart(options));
  }

  private keyChanged(key: string): void {
    this.byKey.get(key)?.journal.keyChanged();
    this.checks.forget(key);
  }

  private create(application: Application): Connection {
    const { key } = application;
    const { clock, random } = this.services;
    const disposables = new DisposableStore();
    const supervisor = new Supervisor({
      clock,
      random,
      holdBack: () => this.startSpread.next(),
      startAttempt: this.services.startAttempt ?? startAttempt,
      readTarget: () => readTarget(application.settings, this.services),
      readApiKey: () => this.checks.readApiKey(application),
      onMessage: (topic, payload) => this.queue.add(key, topic, payload),
      onListenerError: (error) => this.report(error),
    });
    const journal = new ConnectionJournal(application, this.model, clock);
    disposables.add(
      supervisor.onDidChangeState((state) => {
        const { application: uid, host, port } = application.settings;
        this.services.log(`${uid} ${host}:${port} ${stateText(state)}`);
        this.model.setConnection(key, state);
        const isConnected = state.phase === "connected";
        if (isConnected) this.model.downlinks.connected(key, clock.now());
        else this.model.downlinks.disconnected(key, clock.now());
        if (state.phase !== "connected") this.sender.drop(key);
        if ("failure" in state && state.failure.code === "RATE_LIMIT") this.sender.limited(key);
        journal.follow(state);
      }),
    );
    disposables.add(supervisor);
    disposables.add(journal);
    return { supervisor, disposables, settings: application.settings, journal };
  }

  /** The data path never throws: a message that cannot be taken in does not stop the ones behind it. */
  private receive(key: string, topic: string, payload: Uint8Array): void {
    try {
      this.model.apply(key, topic, decode(topic, payload), payload, this.services.clock.now());
    } catch (error) {
      this.report(error);
    }
  }

  /** Once for each new problem: at a thousand messages a second the same one would fill the log (L07). */
  private report(error: unknown): void {
    const problem = error instanceof Error ? `${error.name}: ${error.message}` : "unknown error";
    if (problem === this.lastProblem) return;
    this.lastProblem = problem;
    this.services.log(`a part of the extension failed: ${problem.slice(0, 200)}`);
  }

  private wake(asleepSince: number, duration: number): void {
    this.services.log(`the clock jumped by ${Math.round(duration / 1000)} s: connecting anew`);
    for (const [key, { supervisor, journal }] of this.byKey) {
      this.model.downlinks.disconnected(key, asleepSince);
      journal.asleepSince(asleepSince);
      supervisor.wake(this.services.random() * wakeJitter);
    }
  }
}

/** MQTT.js is loaded with the first attempt, not before. */
async function startAttempt(options: AttemptOptions, listener: AttemptListener): Promise<Attempt> {
  const attempts = await import("../mqtt/attempt");
  return attempts.startAttempt(options, listener);
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
