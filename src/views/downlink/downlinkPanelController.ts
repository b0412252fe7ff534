/** What the downlink panel does, without VS Code: reads the page's intentions, decides, tells the page the state. */
import { isId } from "../../stack/identifiers";
import type { Clock } from "../../util/clock";
import { Coalescer } from "../../util/coalesce";
import { DisposableStore, MutableDisposable } from "../../util/disposables";
import type { Disposable } from "../../util/emitter";
import {
  isWebviewMessage,
  type HostMessage,
  type Outcome,
  type Target,
  type WebviewMessage,
} from "../../protocol/downlinkPage";
import { checkEncoded, type CheckedEncoding } from "./checkEncoded";
import { countProblems, toDownlinkInput, type DraftTarget } from "./downlinkDraft";
import type { DownlinkPanelServices, DownlinkTarget } from "./downlinkPanelServices";
import {
  describeTargets,
  draftTarget,
  fieldsText,
  findTarget,
  idsInOrder,
  isSameTarget,
  sentText,
} from "./downlinkPanelState";
import { IgnoredMessages } from "./ignoredMessages";
import { LocalEncodings } from "./localEncodings";
import { copyFromPanel, type CopyMessage } from "./panelCopying";
import { PanelSending } from "./panelSending";
import { targetRows, type TargetRows } from "./targetRows";

type Edit = Extract<WebviewMessage, { readonly type: "edit" | "send" }>;
type Send = Extract<WebviewMessage, { readonly type: "send" }>;

/** Two kinds of posts, each at most five times a second. Milliseconds. */
const postInterval = 200;

export class DownlinkPanelController implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly posts: Coalescer<HostMessage["type"]>;
  private readonly previewPosts: Coalescer<HostMessage["type"]>;
  private readonly agingTimer = this.disposables.add(new MutableDisposable<Disposable>());
  private readonly ignored: IgnoredMessages;
  private target: Target | undefined;
  private targetNumber = 0;
  private edit: Edit | undefined;
  private outcome: Outcome | undefined;
  private outcomes = 0;
  private readonly sending: PanelSending;
  private readonly encodings: LocalEncodings;
  private isVisible = true;
  private isDisposed = false;
  /** Ours, by position in the draft; used for one send and never again. */
  private correlationIds: string[] = [];

  constructor(
    private readonly services: DownlinkPanelServices,
    private readonly post: (message: HostMessage) => void,
    private readonly clock: Clock,
  ) {
    this.posts = this.disposables.add(
      new Coalescer(clock, postInterval, () => this.deliver(() => this.state())),
    );
    this.previewPosts = this.disposables.add(
      new Coalescer(clock, postInterval, () => this.deliver(() => this.preview())),
    );
    this.sending = this.disposables.add(
      new PanelSending(services, clock, () => this.posts.add("state")),
    );
    this.disposables.add(services.onDidChangeTargets(() => this.changed()));
    this.disposables.add(
      services.onDidHear(({ applicationKey, deviceId }) => {
        if (this.target?.applicationKey !== applicationKey) return;
        if (this.target.deviceId === deviceId) this.changed();
      }),
    );
    this.ignored = new IgnoredMessages((text) => services.log(text));
    this.encodings = this.disposables.add(
      new LocalEncodings(services.localEncoder, () => this.previewPosts.add("preview")),
    );
    this.disposables.add(services.onDidChangeTracked(() => this.posts.add("state")));
  }

  /** Points the panel at an end device; the page follows. */
  show(target: Target): void {
    this.target = target;
    this.targetNumber++;
    this.outcome = undefined;
    this.changed();
  }

  /** While hidden nothing is posted; the page that comes back gets everything. */
  setVisible(isVisible: boolean): void {
    if (isVisible === this.isVisible) return;
    this.isVisible = isVisible;
    if (isVisible) this.changed();
  }

  /** Takes whatever the page posted. */
  receive(data: unknown): void {
    if (this.isDisposed) return;
    if (!isWebviewMessage(data)) {
      this.ignored.add(data);
      return;
    }
    switch (data.type) {
      case "ready":
        this.begin(data.target);
        break;
      case "edit":
        if (data.targetNumber === this.targetNumber) this.follow(data);
        break;
      case "send":
        void this.send(data);
        break;
      case "cancel":
        this.sending.cancel();
        break;
      case "copy":
      case "copyAs":
        this.copy(data);
        break;
      case "check":
        if (this.target) this.services.check(this.target.applicationKey);
        break;
      case "openEvents":
        this.openEvents();
        break;
    }
  }

  dispose(): void {
    this.isDisposed = true;
    this.disposables.dispose();
  }

  /** A page was loaded. What it remembers as its target counts only if it is an application of ours. */
  private begin(remembered: Target | undefined): void {
    const targets = this.services.targets();
    if (remembered && targets.some((each) => each.applicationKey === remembered.applicationKey)) {
      this.target ??= remembered;
    }
    this.targetNumber++;
    this.edit = undefined;
    this.posts.add("state");
  }

  private follow(edit: Edit): void {
    const moved = !isSameTarget(this.target, edit.target);
    this.target = edit.target;
    this.edit = edit;
    this.previewPosts.add("preview");
    if (moved) this.posts.add("state");
  }

  private async send(message: Send): Promise<void> {
    if (this.sending.isUnderWay) return;
    if (message.targetNumber !== this.targetNumber) {
      this.conclude("problem", "Nothing was sent: the panel was pointed at another end device.");
      return;
    }
    this.follow(message);
    const application = this.application();
    const { draft, target, preview, isPending } = this.check(message);
    const wrong = countProblems(preview.problems, message.operation);
    if (wrong > 0 && isPending) {
      this.conclude("problem", "Nothing was sent: the fields are still being encoded here.");
      return;
    }
    if (!application || wrong > 0) {
      this.conclude("invalid", `Nothing was sent: ${fieldsText(wrong)} a change.`);
      return;
    }
    if (!application.connected) {
      this.conclude("problem", "Nothing was sent: the application is not connected.");
      return;
    }
    await this.publish(application.applicationKey, { ...message, draft }, target);
  }

  private async publish(applicationKey: string, message: Send, target: DraftTarget): Promise<void> {
    const ids = [...this.correlationIds];
    const input = toDownlinkInput(message.draft, target, message.operation);
    const answer = await this.sending.send(applicationKey, input, idsInOrder(ids));
    if ("errors" in answer) {
      this.conclude("invalid", "Nothing was sent: a field needs a change.");
    } else {
      // Whatever happened, these ids may have left the machine.
      this.correlationIds = [];
      this.previewPosts.add("preview");
      // The panel may show another end device by now.
      const about = isSameTarget(this.target, message.target) ? "" : `${message.target.deviceId}: `;
      const sent = sentText(message.operation, ids.slice(0, input.downlinks.length));
      if ("problem" in answer) this.conclude("problem", about + answer.problem);
      else this.conclude("sent", about + sent);
    }
  }

  private conclude(kind: Outcome["kind"], text: string): void {
    this.outcome = { number: ++this.outcomes, kind, text };
    this.posts.add("state");
  }

  private copy(message: CopyMessage): void {
    const edit = this.currentEdit();
    const composed = edit && { target: edit.target, checked: this.check(edit) };
    const problem = copyFromPanel(this.services, message, this.target, composed);
    if (problem !== undefined) this.conclude("invalid", problem);
  }

  /** Undefined when the panel was pointed elsewhere and the page has not followed yet. */
  private currentEdit(): Edit | undefined {
    return this.edit?.targetNumber === this.targetNumber ? this.edit : undefined;
  }

  private openEvents(): void {
    const application = this.application();
    if (!application || !this.target || !isId(this.target.deviceId)) return;
    this.services.openEvents(application.applicationKey, this.target.deviceId);
  }

  private check(edit: Edit, target = this.draftTarget(edit.target.deviceId)): CheckedEncoding {
    const encoded = this.encodings.encoded(edit, this.application()?.applicationUid);
    return checkEncoded(encoded, target, idsInOrder(this.correlationIds), this.clock.now());
  }

  private draftTarget(deviceId: string): DraftTarget {
    const application = this.application();
    const facts = application && this.services.device(application.applicationKey, deviceId);
    return draftTarget(application, deviceId, facts);
  }

  private application(): DownlinkTarget | undefined {
    return findTarget(this.services.targets(), this.target);
  }

  private changed(): void {
    this.posts.add("state");
    if (this.edit) this.previewPosts.add("preview");
  }

  private deliver(create: () => HostMessage | undefined): void {
    if (!this.isVisible || this.isDisposed) return;
    const message = create();
    if (message) this.post(message);
  }

  private preview(): HostMessage | undefined {
    const edit = this.currentEdit();
    if (!edit) return undefined;
    const { preview, target, isPending } = this.check(edit);
    if (isPending) return undefined; // a moment later, with the bytes
    const { applicationUid, payloadLimit } = target;
    const withLocal = this.encodings.addTo(preview, edit, applicationUid, payloadLimit);
    return { type: "preview", revision: edit.revision, ...withLocal };
  }

  private state(): HostMessage {
    const targets = this.services.targets();
    this.chooseTarget(targets);
    return {
      type: "state",
      ...describeTargets(targets, this.target),
      targetNumber: this.targetNumber,
      ...this.targetRows(),
      sending: this.sending.isUnderWay,
      wait: this.sending.tellWait(),
      outcome: this.outcome,
    };
  }

  /** Without a target of its own the panel takes the first application that could send. */
  private chooseTarget(targets: readonly DownlinkTarget[]): void {
    const first = targets.find((each) => each.connected) ?? targets[0];
    if (this.target || !first) return;
    this.target = { applicationKey: first.applicationKey, deviceId: "" };
    this.targetNumber++;
  }

  /** What is known of the target alone; told again when it is out of date. */
  private targetRows(): TargetRows {
    const { agesIn, ...rows } = targetRows(this.services, this.target, this.clock.now());
    this.agingTimer.value =
      agesIn === undefined ? undefined : this.clock.after(agesIn, () => this.posts.add("state"));
    return rows;
  }
}
