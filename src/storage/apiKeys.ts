/** API keys in the system's keyring, each bound to host, port and application by its name. Source: reliability R12, R13. */
import { createHash } from "node:crypto";
import type { Memento, SecretStorage } from "vscode";
import { applicationKey, type ApplicationSettings } from "../stack/applicationSettings";
import { apiKeyProblem } from "../stack/identifiers";
import type { Clock } from "../util/clock";

type Bound = Pick<ApplicationSettings, "application" | "host" | "port">;

/** A keyring may wait for its owner to unlock it. Milliseconds. */
const deadline = 10_000;
/** Names of the keys that were stored, so that one that vanished is noticed. */
const markersKey = "storedKeys.v1";

/** A key was stored here and is no longer there: without a keyring VS Code forgets it (reliability A11, A12). */
export class KeyLost extends Error {
  readonly code = "KEY_LOST";
}

/** What another window did to a key. */
export type KeyChange = "same" | "changed" | "deleted";

export class ApiKeys {
  /** Digests of the keys in use, by name. */
  private readonly inUse = new Map<string, string>();

  constructor(
    private readonly secrets: Pick<SecretStorage, "get" | "store" | "delete">,
    private readonly clock: Clock,
    private readonly state: Pick<Memento, "get" | "update">,
  ) {}

  /**
   * The key, or undefined when none is stored. Rejects when the keyring does not answer, and with {@link KeyLost} when a
   * stored key is gone.
   */
  async get(settings: Bound): Promise<string | undefined> {
    const name = secretName(settings);
    const value = await this.read(name);
    if (value !== undefined) this.inUse.set(name, digest(value));
    else if (this.markers().includes(name)) throw new KeyLost("The API key is gone.");
    return value;
  }

  /** Looks again after the keyring told of a change, which it also does without one (reliability A14). */
  async lookAgain(settings: Bound): Promise<KeyChange> {
    const name = secretName(settings);
    const value = await this.read(name);
    const known = this.inUse.get(name);
    if (value === undefined) return known === undefined ? "same" : "deleted";
    return digest(value) === known ? "same" : "changed";
  }

  /** Stores the key and reads it back; rejects when it did not stay. */
  async store(settings: Bound, apiKey: string): Promise<void> {
    const name = secretName(settings);
    await this.limited(() => this.secrets.store(name, apiKey));
    if ((await this.limited(() => this.secrets.get(name))) !== apiKey) {
      throw new Error("The system's keyring did not keep the API key.");
    }
    this.inUse.set(name, digest(apiKey));
    if (!this.markers().includes(name)) {
      await this.state.update(markersKey, [...this.markers(), name]);
    }
  }

  async delete(settings: Bound): Promise<void> {
    const name = secretName(settings);
    await this.limited(() => this.secrets.delete(name));
    this.inUse.delete(name);
    const others = this.markers().filter((marker) => marker !== name);
    await this.state.update(markersKey, others);
  }

  private async read(name: string): Promise<string | undefined> {
    const value = await this.limited(() => this.secrets.get(name));
    return value === undefined || apiKeyProblem(value) !== undefined ? undefined : value;
  }

  private markers(): readonly string[] {
    const value: unknown = this.state.get(markersKey);
    return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
  }

  private async limited<T>(ask: () => Thenable<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = this.clock.after(deadline, () =>
        reject(new Error("The system's keyring did not answer.")),
      );
      const refuse = () => {
        timer.dispose();
        // The original error may quote the secret.
        reject(new Error("The system's keyring refused."));
      };
      try {
        ask().then((value) => {
          timer.dispose();
          resolve(value);
        }, refuse);
      } catch {
        refuse();
      }
    });
  }
}

/** The name under which a key is kept; a changed host, port or application finds no key. */
export function secretName(settings: Bound): string {
  return `apiKey.${digest(applicationKey(settings)).slice(0, 32)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
