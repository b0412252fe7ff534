/**
 * Has the workspace's texts read in a thread of their own, one after the other. What takes too long or too much memory
 * ends with its thread, and the others go on in a new one.
 */
import type { Clock } from "../../util/clock";
import type { Disposable } from "../../util/emitter";
import type { SandboxThread, ThreadEvents } from "../sandbox/sandboxThread";
import type { ReadReport, ReadRequest } from "./readerProtocol";

export type ReaderThread = Pick<SandboxThread<ReadRequest, ReadReport>, "send" | "hold" | "end">;
export type ReadAnswer = Exclude<ReadReport, { readonly kind: "ready" }>;

/** A file of the largest size that is read takes half a second. */
const longestMilliseconds = 3_000;
const startMilliseconds = 15_000;
/** How long a thread is kept that has nothing to do. */
const restMilliseconds = 30_000;

interface Job {
  readonly request: ReadRequest;
  readonly resolve: (answer: ReadAnswer | undefined) => void;
}

export class TextReader {
  private readonly queue: Job[] = [];
  private current: Job | undefined;
  private thread: ReaderThread | undefined;
  private isReady = false;
  private timer: Disposable | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly startThread: (events: ThreadEvents<ReadReport>) => ReaderThread,
  ) {}

  /** Undefined when the text took too long or too much memory, or no thread can be had. */
  read(request: ReadRequest): Promise<ReadAnswer | undefined> {
    return new Promise((resolve) => {
      this.queue.push({ request, resolve });
      this.next();
    });
  }

  private next(): void {
    if (this.current) return;
    this.current = this.queue.shift();
    if (!this.current) this.rest();
    else if (!this.thread) this.start();
    else if (this.isReady) this.send(this.current);
  }

  private start(): void {
    this.watch(startMilliseconds);
    try {
      this.thread = this.startThread({
        onReport: (report) => this.receive(report),
        onGone: () => this.giveUp(),
      });
      this.thread.hold(true);
    } catch {
      this.giveUp();
    }
  }

  private send({ request }: Job): void {
    this.watch(longestMilliseconds);
    this.thread?.hold(true);
    this.thread?.send(request);
  }

  private receive(report: ReadReport): void {
    if (report.kind === "ready") {
      this.isReady = true;
      if (this.current) this.send(this.current);
    } else this.finish(report);
  }

  private finish(answer: ReadAnswer | undefined): void {
    const { current } = this;
    this.current = undefined;
    current?.resolve(answer);
    this.next();
  }

  private giveUp(): void {
    this.endThread();
    this.finish(undefined);
  }

  private watch(milliseconds: number): void {
    this.timer?.dispose();
    this.timer = this.clock.after(milliseconds, () => this.giveUp());
  }

  /** The process does not wait for an idle thread. */
  private rest(): void {
    this.timer?.dispose();
    this.thread?.hold(false);
    if (this.thread) this.timer = this.clock.every(restMilliseconds, () => this.endThread());
  }

  private endThread(): void {
    this.timer?.dispose();
    this.thread?.end();
    this.thread = undefined;
    this.isReady = false;
  }
}
