/** What the downlink panel does, without VS Code: reads the page's intentions, decides, tells the page the state. */
import { isId } from "../../stack/identifiers";
import type { Clock } from "../../util/clock";
import { DisposableStore, MutableDisposable } from "../../util/disposables";
import type { Disposable } from "../../util/emitter";
import { isSeen, type Posted } from "../../protocol/pagePost";
import {
  isWebviewMessage,
  type HostMessage,
  type Target,
  type WebviewMessage,
} from "../../protocol/downlinkPage";
import { PageGate } from "../page/pageGate";
import { PagePosts } from "../page/pagePosts";
import { checkEncoded, type CheckedEncoding } from "./checkEncoded";
import type { DraftTarget } from "./downlinkDraft";
import type { DownlinkPanelServices, DownlinkTarget } from "./downlinkPanelServices";
import { describeTargets, draftTarget, findTarget, isSameTarget } from "./downlinkPanelState";
import { IgnoredMessages } from "./ignoredMessages";
import { LocalEncodings } from "./localEncodings";
import { copyFromPanel, type CopyMessage } from "./panelCopying";
import { PanelSends, type SendingPanel } from "./panelSends";
import { targetRows, type TargetRows } from "./targetRows";

type Edit = Extract<WebviewMessage, { readonly type: "edit" | "send" }>;

/** Two kinds of posts, each at most five times a second. Milliseconds. */
const postInterval = 200;
/** How often the page may want what costs something: a list to choose from, a connection, a send. */
const wishRates = {
  ready: { interval: 200, burst: 2 },
  send: { interval: 300, burst: 10 },
  copy: { interval: 300, burst: 3 },
  copyAs: { interval: 1_000, burst: 3 },
  openEvents: { interval: 1_000, burst: 3 },
  check: { interval: 2_000, burst: 2 },
};

export class DownlinkPanelController implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly posts: PagePosts<HostMessage>;
  private readonly gate: PageGate<WebviewMessage>;
  private readonly agingTimer = this.disposables.add(new MutableDisposable<Disposable>());
  private readonly ignored: IgnoredMessages;
  private target: Target | undefined;
  /** What a page remembers from before a reload; its application may come later. */
  private remembered: Target | undefined;
  /** Nobody chose the target: what a page remembers is better. */
  private isDefaultTarget = true;
  private targetNumber = 0;
  private edit: Edit | undefined;
  private readonly sends: PanelSends;
  private readonly encodings: LocalEncodings;
  private isDisposed = false;

  constructor(
    private readonly services: DownlinkPanelServices,
    post: (message: Posted<HostMessage>) => void,
    private readonly clock: Clock,
  ) {
    this.posts = this.disposables.add(
      new PagePosts(clock, {
        ...{ kinds: ["state", "preview"], interval: postInterval, post },
        create: (kind) => (kind === "state" ? this.state() : this.preview()),
      }),
    );
    this.gate = this.disposables.add(
      new PageGate(clock, {
        rates: wishRates,
        act: (message) => this.act(message),
        refuse: (message) => this.refuse(message),
        wishOf: (message) => this.wishOf(message),
      }),
    );
    this.sends = this.disposables.add(new PanelSends(services, clock, this.sendingPanel()));
    this.disposables.add(services.onDidChangeTargets(() => this.changed()));
    this.disposables.add(
      services.onDidHear(({ applicationKey, deviceId }) => {
        if (this.target?.applicationKey !== applicationKey) return;
        if (this.target.deviceId === deviceId) this.changed();
      }),
    );
    this.ignored = new IgnoredMessages((text) => services.log(text));
    this.encodings = this.disposables.add(
      new LocalEncodings(services.localEncoder, () => this.posts.add("preview")),
    );
    this.disposables.add(services.onDidChangeTracked(() => this.posts.add("state")));
  }

  /** Points the panel at an end device; the page follows. */
  show(target: Target): void {
    this.target = target;
    this.isDefaultTarget = false;
    this.targetNumber++;
    this.sends.outcome = undefined;
    this.changed();
  }

  isPointedAt(target: Target): boolean {
    return isSameTarget(this.target, target);
  }

  /** While hidden nothing is posted; the page that comes back gets everything. */
  setVisible(isVisible: boolean): void {
    this.posts.setVisible(isVisible);
    if (isVisible) this.changed();
  }

  /** Takes whatever the page posted. */
  receive(data: unknown): void {
    if (this.isDisposed) return;
    if (isSeen(data)) this.posts.seen(data.post);
    else if (isWebviewMessage(data)) this.gate.receive(data);
    else this.ignored.add(data);
  }

  private act(message: WebviewMessage): void {
    switch (message.type) {
      case "ready":
        this.begin(message.target);
        break;
      case "edit":
        if (message.targetNumber === this.targetNumber) this.follow(message);
        break;
      case "send":
        void this.sends.send(message);
        break;
      case "cancel":
        this.sends.cancel();
        break;
      case "copy":
      case "copyAs":
        this.copy(message);
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

  private sendingPanel(): SendingPanel {
    const target = () => this.target;
    return {
      get target() {
        return target();
      },
      isCurrent: ({ targetNumber }) => targetNumber === this.targetNumber,
      follow: (message) => this.follow(message),
      application: () => this.application(),
      check: (message) => this.check(message),
      changed: (kind) => this.posts.add(kind),
    };
  }

  private refuse(message: WebviewMessage): boolean {
    if (message.type === "send") this.sends.refuse(message);
    return message.type === "send";
  }

  /** With what it is about: the draft or end device may be another by the next time. */
  private wishOf(message: WebviewMessage): string | undefined {
    if (message.type === "send") return undefined;
    return JSON.stringify([message, this.target, this.edit?.revision]);
  }

  /** A page was loaded. */
  private begin(remembered: Target | undefined): void {
    this.remembered = remembered;
    this.targetNumber++;
    this.edit = undefined;
    this.posts.restart();
    this.posts.add("state");
  }

  private follow(edit: Edit): void {
    const moved = !isSameTarget(this.target, edit.target);
    this.target = edit.target;
    if (moved) this.isDefaultTarget = false;
    this.edit = edit;
    this.posts.add("preview");
    if (moved) this.posts.add("state");
  }

  private copy(message: CopyMessage): void {
    const edit = this.currentEdit();
    const composed = edit && { target: edit.target, checked: this.check(edit) };
    const problem = copyFromPanel(this.services, message, this.target, composed);
    if (problem !== undefined) this.sends.conclude("invalid", problem);
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
    return checkEncoded(encoded, target, this.sends.createId, this.clock.now());
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
    if (this.target) this.services.prepare?.(this.target.applicationKey);
    this.posts.add("state");
    if (this.edit) this.posts.add("preview");
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
      sending: this.sends.isUnderWay,
      wait: this.sends.tellWait(),
      outcome: this.sends.outcome,
    };
  }

  /**
   * Without a target of its own the panel takes the one that the page remembers, if it is an application of ours, or the
   * first application that could send.
   */
  private chooseTarget(targets: readonly DownlinkTarget[]): void {
    if (!this.isDefaultTarget) return;
    if (findTarget(targets, this.remembered)) {
      this.target = this.remembered;
      this.isDefaultTarget = false;
      this.targetNumber++;
    }
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
