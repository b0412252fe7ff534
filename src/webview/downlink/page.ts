/** The page of the downlink panel: keeps draft and target, tells the host, shows what the host tells. */
import type {
  Draft,
  DraftDownlink,
  HostMessage,
  Operation,
  PanelState,
  Preview,
  Target,
  WebviewMessage,
} from "../../protocol/downlinkPage";
import { ActionBar } from "./actionBar";
import { element, holdWhilePressing } from "../shared/dom";
import { DownlinkList } from "./downlinkList";
import { blankDraft, DraftStore, isBlank, type PageMemory } from "./drafts";
import { PublishPreview } from "./publishPreview";
import { QueueList } from "./queueList";
import { SentList } from "./sentList";
import { TargetSection } from "./targetSection";

export interface PageHost extends PageMemory {
  postMessage(message: WebviewMessage): void;
}

const unknownTarget: Pick<PanelState, "gateways" | "queue"> = {
  gateways: [],
  queue: { ours: [], more: 0, others: 0 },
};

/** How long typing may pause before the host is asked. Milliseconds. */
const typingPause = 120;

export class DownlinkPage {
  private readonly store: DraftStore;
  private readonly targetSection = new TargetSection(
    (target, isTyped) => this.moveTo(target, isTyped),
    () => this.renderSoon(),
  );
  private readonly list = new DownlinkList(
    (draft, isTyping) => this.changeDraft(draft, isTyping),
    () => this.renderSoon(),
  );
  private readonly publish = new PublishPreview((what) => this.copy(what));
  private readonly actions = new ActionBar({
    onAct: (operation) => this.act(operation),
    onUndo: () => this.undoUseAgain(),
    onCancel: () => this.host.postMessage({ type: "cancel" }),
    onCopyAs: () => this.copyAs(),
  });
  private readonly queue = new QueueList();
  private readonly sent = new SentList({
    onUseAgain: (downlink, deviceId) => this.useAgain(downlink, deviceId),
    onRemedy: (remedy) =>
      this.host.postMessage({ type: remedy === "check" ? "check" : "openEvents" }),
    onCopyAs: (correlationId) => this.host.postMessage({ type: "copyAs", correlationId }),
  });
  private state: PanelState | undefined;
  private preview: Preview | undefined;
  private target: Target = { applicationKey: "", deviceId: "" };
  private isTyped = false;
  private draft: Draft = blankDraft;
  private revision = 0;
  private typing: number | undefined;
  private showAll = false;
  private focusProblem = false;
  private isAwaiting = false;
  private seenOutcome = 0;
  private isPressing = false;
  private replaced: Draft | undefined;

  constructor(
    private readonly host: PageHost,
    root: HTMLElement,
  ) {
    this.store = new DraftStore(host);
    const form = element("section", { class: "form", "aria-label": "Downlink to send" });
    form.append(
      this.targetSection.element,
      this.list.element,
      this.publish.element,
      this.actions.element,
    );
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!event.repeat) this.act("push");
    });
    const aside = element("div", { class: "aside" }, this.queue.element, this.sent.element);
    const columns = element("div", { class: "columns", hidden: "" }, form, aside);
    root.append(element("h1", {}, "Downlink"), columns);
    holdWhilePressing(
      root,
      (isPressing) => (this.isPressing = isPressing),
      () => this.render(),
    );
    this.host.postMessage({ type: "ready", target: this.store.target });
  }

  receive(message: HostMessage): void {
    switch (message.type) {
      case "state":
        this.receiveState(message);
        break;
      case "preview":
        // An answer to an older revision is out of date: the newer one's is on its way.
        if (message.revision === this.revision) this.preview = message;
        break;
    }
    this.render();
  }

  private receiveState(state: PanelState): void {
    const wasElsewhere = this.state?.targetNumber !== state.targetNumber;
    const isFirst = this.state === undefined;
    this.state = state;
    const { target, outcome } = state;
    if (wasElsewhere) {
      this.isAwaiting = false;
      this.adopt(target ?? { applicationKey: "", deviceId: "" });
      document.querySelector(".columns")?.removeAttribute("hidden");
    }
    if (!outcome || outcome.number <= this.seenOutcome) return;
    this.seenOutcome = outcome.number;
    this.isAwaiting = false;
    this.actions.tell(outcome.kind, outcome.text);
    if (outcome.kind === "sent") this.showAll = false;
    if (outcome.kind === "invalid" && !isFirst) this.revealProblems();
  }

  /** Takes over the host's target with the draft kept for it. */
  private adopt(target: Target): void {
    const known = this.state?.devices.some((each) => each.deviceId === target.deviceId) === true;
    const isTyped = this.store.wasTyped(target) || (!known && !this.store.wasChosen(target));
    this.enter(target, target.deviceId !== "" && isTyped);
    this.tellHost();
  }

  /** The user chose or typed another target. */
  private moveTo(target: Target, isTyped: boolean): void {
    if (isTyped && this.isTyped && target.applicationKey === this.target.applicationKey) {
      this.target = target;
      this.changeDraft(this.draft, true);
      return;
    }
    this.enter(target, isTyped);
    this.render();
    this.tellHost();
  }

  private enter(target: Target, isTyped: boolean): void {
    this.target = target;
    this.isTyped = isTyped;
    this.draft = this.store.load(target, isTyped);
    this.save();
    this.revision++;
    this.preview = undefined;
    this.showAll = false;
    this.replaced = undefined;
    this.actions.tell("note", "");
    this.list.reset();
    this.targetSection.reset();
  }

  private changeDraft(draft: Draft, isTyping: boolean): void {
    this.draft = draft;
    this.save();
    this.actions.tell("note", "");
    this.revision++;
    // What it says about a downlink that was removed must not appear at another.
    if (this.preview && this.preview.downlinks.length > draft.downlinks.length) {
      this.preview = undefined;
    }
    window.clearTimeout(this.typing);
    this.typing = isTyping ? window.setTimeout(() => this.tellHost(), typingPause) : undefined;
    if (!isTyping) this.tellHost();
    this.render();
  }

  /** The host answers with a preview of this revision. */
  private tellHost(): void {
    window.clearTimeout(this.typing);
    this.typing = undefined;
    if (this.state) this.host.postMessage({ type: "edit", ...this.edit(this.state) });
  }

  private edit({ targetNumber }: PanelState) {
    return { revision: this.revision, targetNumber, target: this.target, draft: this.draft };
  }

  private act(operation: Operation): void {
    if (!this.state || this.isBusy()) return;
    if (operation !== "clear" && this.isFresh() && this.preview?.problems.length !== 0) {
      this.actions.tell("invalid", "Nothing was sent: see the marked fields.");
      this.revealProblems();
      return;
    }
    window.clearTimeout(this.typing);
    this.isAwaiting = true;
    this.replaced = undefined;
    this.actions.tell("note", "");
    this.host.postMessage({ type: "send", operation, ...this.edit(this.state) });
    this.render();
  }

  /** Shows every problem and goes to the first as soon as the host's answer is there. */
  private revealProblems(): void {
    this.showAll = true;
    this.focusProblem = true;
    this.render();
  }

  /** Of what the form holds now, not of what the host was told last. */
  private copyAs(): void {
    this.actions.tell("note", "");
    this.tellHost();
    this.host.postMessage({ type: "copyAs" });
  }

  private copy(what: "topic" | "body"): void {
    this.tellHost();
    this.host.postMessage({ type: "copy", what });
    this.actions.tell("note", what === "topic" ? "Topic copied." : "Message copied.");
  }

  /** Into the form of the target, or of another end device if one is named. */
  private useAgain(downlink: DraftDownlink, deviceId?: string): void {
    if (deviceId !== undefined) this.enter({ ...this.target, deviceId }, false);
    const undo = isBlank(this.draft) ? undefined : this.draft;
    this.fillForm({ downlinks: [downlink] }, undo, "Copied into the form.");
  }

  private undoUseAgain(): void {
    if (this.replaced) this.fillForm(this.replaced, undefined, "The form is as it was.");
  }

  private fillForm(draft: Draft, replaced: Draft | undefined, told: string): void {
    this.list.reset();
    this.replaced = replaced;
    this.changeDraft(draft, false);
    this.actions.tell("note", told);
    document.querySelector<HTMLElement>(".form textarea")?.focus();
  }

  private isBusy(): boolean {
    return this.isAwaiting || this.state?.sending === true;
  }

  /** What the host told last may still be about the target before. */
  private isOfTarget({ target }: PanelState): boolean {
    const { applicationKey, deviceId } = this.target;
    return target?.applicationKey === applicationKey && target.deviceId === deviceId;
  }

  private isFresh(): boolean {
    return this.preview?.revision === this.revision;
  }

  private save(): void {
    this.store.save(this.target, this.isTyped, this.draft);
  }

  /** A field that is being removed loses the focus, too: no time to build others. */
  private renderSoon(): void {
    queueMicrotask(() => this.render());
  }

  private render(): void {
    const { state, preview, draft, showAll } = this;
    if (!state || this.isPressing) return;
    const isFresh = this.isFresh();
    this.targetSection.update(state, this.target, this.isTyped, preview, showAll);
    const known = this.isOfTarget(state) ? state : unknownTarget;
    this.list.update({ draft, preview, isFresh, showAll, gateways: known.gateways });
    this.publish.update(preview);
    this.actions.setBusy(this.isBusy(), state.wait);
    this.actions.offerCopyAs(draft.downlinks.length === 1);
    this.actions.offerUndo(this.replaced !== undefined);
    this.queue.update(known.queue);
    this.sent.update(state, this.target);
    if (!this.focusProblem || !isFresh) return;
    this.focusProblem = false;
    document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }
}
