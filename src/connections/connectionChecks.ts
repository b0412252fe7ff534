/** Checks connections and learns what their API keys may do; whatever was found of another key is forgotten. */
import { createHash } from "node:crypto";
import { unreadableCaFile, type CheckStep } from "../model/checkSteps";
import type { Application } from "../model/application";
import type { KeyRights } from "../model/keyRights";
import type { Model } from "../model/model";
import type { startAttempt } from "../mqtt/attempt";
import { apiAddresses as usualApiAddresses } from "../http/apiAddresses";
import type { ServerAddress } from "../mqtt/socket";
import type { ConnectionTarget } from "../mqtt/supervisor";
import type { ApplicationSettings } from "../stack/applicationSettings";
import type { Clock } from "../util/clock";
import { readTarget, type TargetServices } from "./connectionTarget";

export interface CheckServices extends TargetServices {
  readonly clock: Clock;
  readonly readApiKey: (settings: ApplicationSettings) => Promise<string | undefined>;
  readonly startAttempt: (
    ...parts: Parameters<typeof startAttempt>
  ) => Promise<ReturnType<typeof startAttempt>>;
  /** Where the HTTP API may be; where it usually is if not given. */
  readonly apiAddresses?: (mqtt: ServerAddress) => readonly ServerAddress[];
  /** One line for the diagnostics channel. */
  readonly log: (line: string) => void;
  /** The key may more than the present connection knows of: rights count from the next login. */
  readonly onGained: (key: string) => void;
}

export class ConnectionChecks {
  /** Counts checks and changes of the key; what an older check finds is ignored. */
  private readonly generations = new Map<string, number>();
  /** The connections, by their begin, whose rights were asked for. */
  private readonly asked = new Map<string, number>();

  /** Of the keys that were used last, to notice another one. */
  private readonly digests = new Map<string, string>();

  constructor(
    private readonly model: Model,
    private readonly services: CheckServices,
  ) {}

  /**
   * Checks the connection step by step, with a second short login of its own. The steps show below the application as they
   * are found.
   */
  async check(key: string): Promise<void> {
    const application = this.model.application(key);
    if (!application) return;
    const ifCurrent = this.begin(key);
    const { checkConnection } = await import("../doctor/doctor");
    const report = (steps: readonly CheckStep[]) =>
      ifCurrent(() => this.model.setCheck(key, steps));
    const target = await this.target(application);
    if (!target) {
      report(unreadableCaFile);
      return;
    }
    const { clock, startAttempt: start, apiAddresses } = this.services;
    await checkConnection(target, {
      ...{ clock, startAttempt: start, report },
      ...(apiAddresses ? { apiAddresses: apiAddresses(target.address) } : {}),
      readApiKey: () => this.readApiKey(application, true),
      learn: (rights) => ifCurrent(() => this.learn(key, rights)),
    });
  }

  dismiss(key: string): void {
    this.begin(key);
    this.model.setCheck(key, undefined);
  }

  /** The key has changed or is about to: what was found says nothing of the new one. */
  forget(key: string): void {
    this.begin(key);
    this.asked.delete(key);
    const application = this.model.application(key);
    if (application?.check) this.model.setCheck(key, undefined);
    if (application?.rights) this.model.setRights(key, undefined, this.services.clock.now());
  }

  /** The key to use now. What was found of another one is forgotten, in whichever window it was changed. */
  async readApiKey({ key, settings }: Application, isOfCheck = false): Promise<string | undefined> {
    const apiKey = await this.services.readApiKey(settings);
    if (apiKey === undefined) return undefined;
    const digest = createHash("sha256").update(apiKey).digest("base64");
    const known = this.digests.get(key);
    this.digests.set(key, digest);
    if (known === undefined || known === digest) return apiKey;
    if (isOfCheck) this.model.setRights(key, undefined, this.services.clock.now());
    else this.forget(key);
    return apiKey;
  }

  /** Asks once in each connection, in the background, so that a missing right is known before a downlink is sent. */
  async learnRights(key: string): Promise<void> {
    const application = this.model.application(key);
    const since = application && sinceOf(application);
    if (!application || application.isDemo || since === undefined) return;
    if (this.asked.get(key) === since || (application.rights?.at ?? 0) >= since) return;
    this.asked.set(key, since);
    const generation = this.generations.get(key);
    const { clock, log, apiAddresses = usualApiAddresses } = this.services;
    const { askRights, rightsOf } = await import("../doctor/rights");
    const target = await this.target(application);
    if (!target) return;
    const answer = await askRights(apiAddresses(target.address), target.userName, {
      clock,
      readApiKey: () => this.readApiKey(application).catch(() => undefined),
      onAsking: (place) => log(`${target.userName}: asking ${place} for the rights of the key`),
    });
    const rights = rightsOf(answer);
    const isSame = generation === this.generations.get(key) && sinceOf(application) === since;
    if (rights && isSame) this.learn(key, rights);
  }

  private async target({ settings }: Application): Promise<ConnectionTarget | undefined> {
    try {
      return await readTarget(settings, this.services);
    } catch {
      return undefined; // only the CA file can be in the way
    }
  }

  private begin(key: string): (action: () => void) => void {
    const generation = (this.generations.get(key) ?? 0) + 1;
    this.generations.set(key, generation);
    return (action) => {
      if (this.generations.get(key) === generation) action();
    };
  }

  private learn(key: string, rights: KeyRights): void {
    const application = this.model.application(key);
    if (!application) return;
    const { rights: before } = application;
    this.model.setRights(key, rights, this.services.clock.now());
    const since = sinceOf(application);
    if (!before || since === undefined || before.at < since) return;
    const hasGained = (rights.mayRead && !before.mayRead) || (rights.mayWrite && !before.mayWrite);
    if (hasGained) this.services.onGained(key);
  }
}

/** Begin of the present connection, milliseconds since 1970; undefined without one. */
function sinceOf({ connection }: Application): number | undefined {
  return connection.phase === "connected" ? connection.since : undefined;
}
