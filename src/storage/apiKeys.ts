/** API keys in the system's keyring, each bound to host, port and application by its name. Source: reliability R12, R13. */
import { createHash } from "node:crypto";
import type { Memento, SecretStorage } from "vscode";
import {
  applicationKey,
  parseApplicationSettings,
  type ApplicationSettings,
} from "../stack/applicationSettings";
import { apiKeyProblem } from "../stack/identifiers";
import type { Clock } from "../util/clock";
import type { Shared } from "./sharedFile";
import { SharedList } from "./sharedList";

type Bound = Pick<ApplicationSettings, "application" | "host" | "port">;

/** A keyring may wait for its owner to unlock it. Milliseconds. */
const deadline = 10_000;

/** A key that was stored: its name in the keyring, and what it is bound to. Earlier versions kept the name alone. */
export interface StoredKey {
  readonly name: string;
  readonly bound?: Bound;
}

/** A key was stored here and is no longer there: without a keyring VS Code forgets it (reliability A11, A12). */
export class KeyLost extends Error {
  readonly code = "KEY_LOST";
}

/** What another window did to a key. */
export type KeyChange = "same" | "changed" | "deleted";

export class ApiKeys {
  /** Digests of the keys in use, by name. */
  private readonly inUse = new Map<string, string>();

  /** The keys that were stored, so that one that vanished is noticed, and one that nobody uses can be removed. */
  private readonly stored: SharedList<StoredKey>;

  constructor(
    private readonly secrets: Pick<SecretStorage, "get" | "store" | "delete">,
    private readonly clock: Clock,
    memory: { readonly shared: Shared; readonly state: Pick<Memento, "get" | "update"> },
  ) {
    this.stored = new SharedList({
      shared: memory.shared,
      parse: parseStoredKey,
      nameOf: ({ name }) => name,
      former: { state: memory.state, key: "storedKeys.v1" },
      fromName: (name) => ({ name }),
    });
  }

  /** What the keyring was given, by this window and others. */
  all(): readonly StoredKey[] {
    return this.stored.all();
  }

  /**
   * The key, or undefined when none is stored. Rejects when the keyring does not answer, and with {@link KeyLost} when a
   * stored key is gone.
   */
  async get(settings: Bound): Promise<string | undefined> {
    const name = secretName(settings);
    const value = await this.read(name);
    if (value !== undefined) this.inUse.set(name, digest(value));
    else if (this.stored.has(name)) throw new KeyLost("The API key is gone.");
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
    const { application, host, port } = settings;
    await this.stored.add({ name, bound: { application, host, port } });
  }

  async delete(settings: Bound): Promise<void> {
    await this.deleteNamed(secretName(settings));
  }

  /** @param name as {@link all} gives it */
  async deleteNamed(name: string): Promise<void> {
    await this.limited(() => this.secrets.delete(name));
    this.inUse.delete(name);
    await this.stored.remove(name);
  }

  private async read(name: string): Promise<string | undefined> {
    const value = await this.limited(() => this.secrets.get(name));
    return value === undefined || apiKeyProblem(value) !== undefined ? undefined : value;
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

function parseStoredKey(value: unknown): StoredKey | undefined {
  if (typeof value !== "object" || value === null || !("name" in value)) return undefined;
  const { name, bound } = value as { readonly name: unknown; readonly bound?: unknown };
  if (typeof name !== "string") return undefined;
  const parsed = parseApplicationSettings(bound);
  if ("problem" in parsed) return { name };
  const { application, host, port } = parsed.settings;
  return { name, bound: { application, host, port } };
}

/** The name under which a key is kept; a changed host, port or application finds no key. */
export function secretName(settings: Bound): string {
  return `apiKey.${digest(applicationKey(settings)).slice(0, 32)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
