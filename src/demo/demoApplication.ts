/** The demo network as an application like any other, except that no setting and no keyring knows it. */
import type { DemoNetwork } from "./demoNetwork";
import type { FormatterMaker } from "./http/formatterEngine";
import type { ApplicationSettings } from "../stack/applicationSettings";
import { Emitter } from "../util/emitter";

export class DemoApplication {
  private network: DemoNetwork | undefined;
  private starting: Promise<ApplicationSettings> | undefined;
  private readonly changeEmitter = new Emitter<void>();
  readonly onDidChange = this.changeEmitter.event;

  /** `createFormatter` runs payload formatters for the HTTP API. */
  constructor(private readonly createFormatter?: FormatterMaker) {}

  /** The port of the HTTP API, on the same host and with the same key; set while the demo network runs. */
  get httpPort(): number | undefined {
    return this.network?.httpPort;
  }

  /** Set while the demo network runs. */
  get settings(): ApplicationSettings | undefined {
    return this.network && settingsOf(this.network);
  }

  /** The random key of this run; it lives and dies with the demo network. */
  get apiKey(): string | undefined {
    return this.network?.apiKey;
  }

  async start(): Promise<ApplicationSettings> {
    this.starting ??= this.startNetwork();
    return this.starting;
  }

  async stop(): Promise<void> {
    const { starting } = this;
    this.starting = undefined;
    await starting?.catch(() => undefined); // whoever started it has seen the failure
    const { network } = this;
    if (!network) return;
    this.network = undefined;
    this.changeEmitter.fire();
    await network.close();
  }

  private async startNetwork(): Promise<ApplicationSettings> {
    try {
      const { startDemoNetwork } = await import("./demoNetwork");
      const { createFormatter } = this;
      this.network = await startDemoNetwork(createFormatter ? { createFormatter } : {});
    } catch (error) {
      this.starting = undefined;
      throw error;
    }
    this.changeEmitter.fire();
    return settingsOf(this.network);
  }
}

/**
 * The port is any free one, so that two windows can run a demo network each; the identity is always the same, so that
 * filters, drafts and the like find their application again.
 */
function settingsOf({ application, host, port }: DemoNetwork): ApplicationSettings {
  const identity = "demo-network";
  return { application, host, port, security: "plaintext", label: "demo-farm", identity };
}
