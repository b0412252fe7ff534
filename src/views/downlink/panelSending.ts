/** The one send that a panel has under way: its wait for its turn, and the way out of it. */
import type { PacerWait } from "../../model/downlinkTurn";
import type { DownlinkInput } from "../../stack/downlink";
import type { Clock } from "../../util/clock";
import { MutableDisposable } from "../../util/disposables";
import type { Disposable } from "../../util/emitter";
import type { DownlinkPanelServices, SendAnswer } from "./downlinkPanelServices";
import { waitText } from "./waitText";

const second = 1_000;

export class PanelSending implements Disposable {
  private current: AbortController | undefined;
  private wait: PacerWait | undefined;
  private readonly countdown = new MutableDisposable<Disposable>();

  constructor(
    private readonly services: Pick<DownlinkPanelServices, "send" | "log">,
    private readonly clock: Clock,
    private readonly onChange: () => void,
  ) {}

  get isUnderWay(): boolean {
    return this.current !== undefined;
  }

  /** Why it is not on its way yet, empty if it is; calls for another look a second later. */
  tellWait(): string {
    this.countdown.value = this.wait && this.clock.after(second, this.onChange);
    return this.wait ? waitText(this.wait, this.clock.now()) : "";
  }

  async send(
    applicationKey: string,
    input: DownlinkInput,
    createId: () => string,
  ): Promise<SendAnswer> {
    const current = new AbortController();
    this.current = current;
    this.onChange();
    const onWait = (wait: PacerWait) => {
      this.wait = wait;
      this.onChange();
    };
    try {
      const waiting = { onWait, signal: current.signal };
      return await this.services.send(applicationKey, input, createId, waiting);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "";
      this.services.log(`Sending a downlink failed: ${reason}`);
      return { problem: "It is not known whether anything was sent. See the diagnostics." };
    } finally {
      this.current = undefined;
      this.wait = undefined;
    }
  }

  /** Ends the wait; what is on its way already cannot be called back. */
  cancel(): void {
    this.current?.abort();
  }

  /** What still waits would be sent unseen, so it is cancelled. */
  dispose(): void {
    this.cancel();
    this.countdown.dispose();
  }
}
