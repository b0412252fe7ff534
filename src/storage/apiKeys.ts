/** API keys in the system's keyring, each bound to host, port and application by its name. Source: reliability R12, R13. */
import { createHash } from "node:crypto";
import type { SecretStorage } from "vscode";
import { applicationKey, type ApplicationSettings } from "../stack/applicationSettings";
import { apiKeyProblem } from "../stack/identifiers";
import type { Clock } from "../util/clock";

type Bound = Pick<ApplicationSettings, "application" | "host" | "port">;

/** A keyring may wait for its owner to unlock it. Milliseconds. */
const deadline = 10_000;

export class ApiKeys {
  constructor(
    private readonly secrets: Pick<SecretStorage, "get" | "store" | "delete">,
    private readonly clock: Clock,
  ) {}

  /** The key, or undefined when none is stored. Rejects when the keyring does not answer. */
  async get(settings: Bound): Promise<string | undefined> {
    const value = await this.limited(() => this.secrets.get(secretName(settings)));
    return value === undefined || apiKeyProblem(value) !== undefined ? undefined : value;
  }

  /** Stores the key and reads it back; rejects when it did not stay. */
  async store(settings: Bound, apiKey: string): Promise<void> {
    const name = secretName(settings);
    await this.limited(() => this.secrets.store(name, apiKey));
    if ((await this.limited(() => this.secrets.get(name))) !== apiKey) {
      throw new Error("The system's keyring did not keep the API key.");
    }
  }

  async delete(settings: Bound): Promise<void> {
    await this.limited(() => this.secrets.delete(secretName(settings)));
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
  const digest = createHash("sha256").update(applicationKey(settings)).digest("hex");
  return `apiKey.${digest.slice(0, 32)}`;
}
