/**
 * What a page is told, at its own pace: one message at a time, the next only when the page has said that it saw the last.
 * What changes meanwhile is told once, as it is by then. For every page of ours.
 */
import type { Posted } from "../../protocol/pagePost";
import type { Clock } from "../../util/clock";
import { MutableDisposable } from "../../util/disposables";
import type { Disposable } from "../../util/emitter";

export interface PagePostsOptions<M extends { readonly type: string }> {
  /** In the order in which they are told. */
  readonly kinds: readonly M["type"][];
  /** Between two of a kind. Milliseconds. */
  readonly interval: number;
  /** The message as of now; undefined when there is nothing to tell. */
  readonly create: (kind: M["type"]) => M | undefined;
  readonly post: (message: Posted<M>) => void;
}

export class PagePosts<M extends { readonly type: string }> implements Disposable {
  private readonly changed = new Set<M["type"]>();
  private readonly lastPosts = new Map<M["type"], number>();
  private readonly timer = new MutableDisposable<Disposable>();
  private posts = 0;
  private isAwaiting = false;
  private isVisible = true;
  /** The first page has said that it is there: what is told before it would come with what it remembers. */
  private isThere = false;
  private isDisposed = false;

  constructor(
    private readonly clock: Clock,
    private readonly options: PagePostsOptions<M>,
  ) {}

  /** Something of this kind is to be told anew. */
  add(kind: M["type"]): void {
    this.changed.add(kind);
    this.schedule();
  }

  /** The page has seen a message. */
  seen(post: number): void {
    if (post !== this.posts) return;
    this.isAwaiting = false;
    this.schedule();
  }

  /** Another page is there, which has seen nothing. */
  restart(): void {
    this.isThere = true;
    this.isAwaiting = false;
    this.schedule();
  }

  /** A hidden page is told nothing. One that comes back was loaded anew, or missed what was told last. */
  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    this.isAwaiting = false;
    this.schedule();
  }

  dispose(): void {
    this.isDisposed = true;
    this.timer.dispose();
  }

  private schedule(): void {
    this.timer.value = undefined;
    if (this.isDisposed || !this.isThere || !this.isVisible || this.isAwaiting) return;
    if (this.changed.size === 0) return;
    const now = this.clock.monotonic();
    const waits = [...this.changed].map((kind) => this.dueAt(kind) - now);
    this.timer.value = this.clock.after(Math.max(0, Math.min(...waits)), () => this.tell());
  }

  private tell(): void {
    const now = this.clock.monotonic();
    const { kinds, create, post } = this.options;
    for (const kind of kinds) {
      if (!this.changed.has(kind) || this.dueAt(kind) > now) continue;
      this.changed.delete(kind);
      const message = create(kind);
      if (!message) continue;
      this.lastPosts.set(kind, now);
      this.isAwaiting = true;
      post({ ...message, post: ++this.posts });
      break;
    }
    this.schedule();
  }

  private dueAt(kind: M["type"]): number {
    return (this.lastPosts.get(kind) ?? -Infinity) + this.options.interval;
  }
}
