/** From the page's wish to send to what is told about it: checks the draft, sends it once, and says what became of it. */
import type { Outcome, Target, WebviewMessage } from "../../protocol/downlinkPage";
import type { Clock } from "../../util/clock";
import type { Disposable } from "../../util/emitter";
import type { CheckedEncoding } from "./checkEncoded";
import { countProblems, toDownlinkInput } from "./downlinkDraft";
import type { DownlinkPanelServices, DownlinkTarget } from "./downlinkPanelServices";
import { fieldsText, idsInOrder, isSameTarget, sentText } from "./downlinkPanelState";
import { PanelSending } from "./panelSending";

export type Send = Extract<WebviewMessage, { readonly type: "send" }>;

/** What the panel knows that a send depends on. */
export interface SendingPanel {
  readonly target: Target | undefined;
  /** The message is about what the panel shows now. */
  isCurrent(message: Send): boolean;
  /** Takes over its draft. */
  follow(message: Send): void;
  application(): DownlinkTarget | undefined;
  check(message: Send): CheckedEncoding;
  /** There is something new to tell. */
  changed(kind: "state" | "preview"): void;
}

export class PanelSends implements Disposable {
  outcome: Outcome | undefined;
  private outcomes = 0;
  private readonly sending: PanelSending;
  private lastTried: Send | undefined;
  /** Ours, by position in the draft; used for one send and never again. */
  private correlationIds: string[] = [];

  constructor(
    services: Pick<DownlinkPanelServices, "send" | "log">,
    clock: Clock,
    private readonly panel: SendingPanel,
  ) {
    this.sending = new PanelSending(services, clock, () => panel.changed("state"));
  }

  get isUnderWay(): boolean {
    return this.sending.isUnderWay;
  }

  /** The same ids for the same draft until it is sent. */
  get createId(): () => string {
    return idsInOrder(this.correlationIds);
  }

  tellWait(): string {
    return this.sending.tellWait();
  }

  cancel(): void {
    this.sending.cancel();
  }

  /** Never later than it was wanted, and never twice: the same again while it is on its way is no second wish. */
  refuse(message: Send): void {
    const { revision, operation } = message;
    const last = this.lastTried;
    const isSame = last?.revision === revision && last.operation === operation;
    if (isSame && this.isUnderWay) return;
    this.conclude("problem", "Nothing was sent: it came right after another. Send it again.");
  }

  async send(message: Send): Promise<void> {
    if (this.isUnderWay) {
      this.refuse(message);
      return;
    }
    this.lastTried = message;
    if (!this.panel.isCurrent(message)) {
      this.conclude("problem", "Nothing was sent: the panel was pointed at another end device.");
      return;
    }
    this.panel.follow(message);
    const application = this.panel.application();
    const checked = this.panel.check(message);
    const wrong = countProblems(checked.preview.problems, message.operation);
    if (wrong > 0 && checked.isPending) {
      this.conclude("problem", "Nothing was sent: the fields are still being encoded here.");
    } else if (!application || wrong > 0) {
      this.conclude("invalid", `Nothing was sent: ${fieldsText(wrong)} a change.`);
    } else if (!application.connected) {
      this.conclude("problem", "Nothing was sent: the application is not connected.");
    } else {
      await this.publish(application.applicationKey, message, checked);
    }
  }

  conclude(kind: Outcome["kind"], text: string): void {
    this.outcome = { number: ++this.outcomes, kind, text };
    this.panel.changed("state");
  }

  dispose(): void {
    this.sending.dispose();
  }

  private async publish(
    applicationKey: string,
    message: Send,
    { draft, target }: CheckedEncoding,
  ): Promise<void> {
    const ids = [...this.correlationIds];
    const input = toDownlinkInput(draft, target, message.operation);
    const answer = await this.sending.send(applicationKey, input, idsInOrder(ids));
    if ("errors" in answer) {
      this.conclude("invalid", "Nothing was sent: a field needs a change.");
      return;
    }
    // Whatever happened, these ids may have left the machine.
    this.correlationIds = [];
    this.panel.changed("preview");
    // The panel may show another end device by now.
    const isElsewhere = !isSameTarget(this.panel.target, message.target);
    const about = isElsewhere ? `${message.target.deviceId}: ` : "";
    const sent = sentText(message.operation, ids.slice(0, input.downlinks.length));
    if ("problem" in answer) this.conclude("problem", about + answer.problem);
    else this.conclude("sent", about + sent);
  }
}
