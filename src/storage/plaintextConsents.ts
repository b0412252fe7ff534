/** To which servers the user agreed that API keys travel readable. Source: reliability R14. */
import type { Memento } from "vscode";
import type { ApplicationSettings } from "../stack/applicationSettings";
import type { Shared } from "./sharedFile";
import { SharedList } from "./sharedList";

type Server = Pick<ApplicationSettings, "host" | "port">;

export class PlaintextConsents {
  private readonly list: SharedList<string>;

  constructor(shared: Shared, state: Pick<Memento, "get" | "update">) {
    this.list = new SharedList({
      shared,
      parse: (value) => (typeof value === "string" ? value : undefined),
      nameOf: (name) => name,
      former: { state, key: "plaintextConsents.v1" },
      fromName: (name) => name,
    });
  }

  /** The servers, as `host:port`. */
  all(): readonly string[] {
    return this.list.all();
  }

  has(server: Server): boolean {
    return this.list.has(consentName(server));
  }

  async grant(server: Server): Promise<void> {
    if (!this.has(server)) await this.list.add(consentName(server));
  }

  /** @param name as {@link all} gives it */
  async revoke(name: string): Promise<void> {
    await this.list.remove(name);
  }
}

/** The name of a server in the list of consents. */
export function consentName({ host, port }: Server): string {
  return `${host}:${port}`;
}
