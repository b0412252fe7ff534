/** To which servers the user agreed that API keys travel readable. Source: reliability R14. */
import type { Memento } from "vscode";
import type { ApplicationSettings } from "../stack/applicationSettings";

const stateKey = "plaintextConsents.v1";
type Server = Pick<ApplicationSettings, "host" | "port">;

export class PlaintextConsents {
  constructor(private readonly state: Memento) {}

  has(server: Server): boolean {
    return this.all().includes(nameOf(server));
  }

  async grant(server: Server): Promise<void> {
    if (!this.has(server)) await this.state.update(stateKey, [...this.all(), nameOf(server)]);
  }

  async revoke(server: Server): Promise<void> {
    await this.state.update(
      stateKey,
      this.all().filter((name) => name !== nameOf(server)),
    );
  }

  private all(): readonly string[] {
    const value: unknown = this.state.get(stateKey);
    return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
  }
}

function nameOf({ host, port }: Server): string {
  return `${host}:${port}`;
}
