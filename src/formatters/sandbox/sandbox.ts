/**
 * The queue in front of the sandbox's thread. One request is in the thread at a time; a thread that says nothing for
 * too long is ended and replaced, the input at fault is answered with a timeout, and everything else runs again.
 */
import type { Disposable } from "../../util/emitter";
import type { Clock } from "../../util/clock";
import type { Report, RunAnswer, RunRequest } from "./protocol";
import type { SandboxThread, ThreadEvents } from "./sandboxThread";

export interface Thread {
  send: SandboxThread["send"];
  hold: SandboxThread["hold"];
  end: SandboxThread["end"];
}

/** Silence after which a thread is taken for stuck: a call has 100 ms. */
const silenceMilliseconds = 800;
const startMilliseconds = 15_000;
/** A script of the size that servers take compiles in some milliseconds. */
const compileMilliseconds = 950;
/** Inputs in one request: others get their turn in between. */
const turnSize = 200;
/** A script that got stuck for this long in all is not tried with the rest of its inputs. */
const maxStuckMilliseconds = 2_000;
const maxFailedStarts = 3;
/** How long a thread without formatters is kept. */
const restMilliseconds = 60_000;

interface Job {
  readonly request: RunRequest;
  readonly answers: RunAnswer[];
  /** Set after a stuck thread: inputs go one by one, to find the one at fault. */
  isCareful: boolean;
  stuckMilliseconds: number;
  /** It has run again in a new thread through no fault of its own. */
  isRetried: boolean;
  readonly resolve: (answers: readonly RunAnswer[] | undefined) => void;
}

export class Sandbox {
  private readonly queue: Job[] = [];
  private current: Job | undefined;
  /** How many inputs of the current job are in the thread. */
  private sent = 0;
  private thread: Thread | undefined;
  private isReady = false;
  /** The current job's script is compiled. */
  private isRunning = false;
  private failedStarts = 0;
  private watchdog: Disposable | undefined;
  private resting: Disposable | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly startThread: (events: ThreadEvents) => Thread,
  ) {}

  /** Resolves to the answers in the order of the inputs, or to undefined where no thread can be had. */
  run(request: RunRequest): Promise<readonly RunAnswer[] | undefined> {
    return new Promise((resolve) => {
      this.resting?.dispose();
      const untried = { isCareful: false, stuckMilliseconds: 0, isRetried: false };
      this.queue.push({ request, answers: [], ...untried, resolve });
      this.next();
    });
  }

  /** Drops what the thread keeps for a formatter. */
  forget(formatter: number): void {
    if (this.isReady) this.thread?.send({ kind: "forget", formatter });
  }

  /** Ends the thread once it had nothing to do for a while; the next call starts another. */
  rest(): void {
    this.resting?.dispose();
    this.resting = this.clock.every(restMilliseconds, () => {
      if (this.current !== undefined) return;
      this.resting?.dispose();
      this.endThread();
    });
  }

  private next(): void {
    if (this.current !== undefined) return;
    const job = this.queue.shift();
    this.current = job;
    if (job === undefined) {
      this.watch(undefined);
      this.thread?.hold(false);
      return;
    }
    if (this.thread === undefined) this.start();
    else if (this.isReady) this.send(job);
  }

  private send(job: Job): void {
    const { answers, request } = job;
    const inputs = request.inputs.slice(
      answers.length,
      answers.length + (job.isCareful ? 1 : turnSize),
    );
    this.sent = answers.length + inputs.length;
    this.isRunning = false;
    this.thread?.hold(true);
    this.watch(compileMilliseconds);
    if (inputs.length === 0) this.finishTurn(job);
    else this.thread?.send({ ...request, inputs });
  }

  private start(): void {
    this.watch(startMilliseconds);
    try {
      this.thread = this.startThread({
        onReport: (report) => this.receive(report),
        onGone: () => this.replaceThread(true),
      });
      this.thread.hold(true);
    } catch {
      this.failStart();
    }
  }

  private receive(report: Report): void {
    const job = this.current;
    if (report.kind === "ready") {
      this.isReady = true;
      this.failedStarts = 0;
      if (job === undefined) this.next();
      else this.send(job);
      return;
    }
    if (job === undefined) return;
    if (report.kind === "running") {
      this.isRunning = true;
      this.watch(silenceMilliseconds);
      return;
    }
    job.answers.push(...report.answers);
    if (job.answers.length < this.sent) this.watch(silenceMilliseconds);
    else this.finishTurn(job);
  }

  private finishTurn(job: Job): void {
    this.current = undefined;
    if (job.answers.length < job.request.inputs.length) this.queue.push(job);
    else job.resolve(job.answers);
    this.next();
  }

  private watch(milliseconds: number | undefined): void {
    this.watchdog?.dispose();
    this.watchdog =
      milliseconds === undefined
        ? undefined
        : this.clock.after(milliseconds, () => this.replaceThread(false));
  }

  /** @param isGone it ended by itself; otherwise it is stuck */
  private replaceThread(isGone: boolean): void {
    const wasReady = this.isReady;
    this.endThread();
    if (!wasReady) {
      this.failStart();
      return;
    }
    const job = this.current;
    this.current = undefined;
    // A thread that went before the job ran had the one before it to end, which is answered already.
    if (job !== undefined && isGone && !this.isRunning && !job.isRetried) {
      job.isRetried = true;
      this.queue.unshift(job);
    } else if (job !== undefined) this.blame(job);
    this.next();
  }

  /** With one input in the thread it is the one at fault; with more they run again one by one. */
  private blame(job: Job): void {
    if (!this.isRunning) {
      this.fill(job, '{"kind":"timeout"}', compileMilliseconds);
    } else if (this.sent - job.answers.length > 1) {
      job.isCareful = true;
    } else {
      job.answers.push({ outcome: '{"kind":"timeout"}', milliseconds: silenceMilliseconds });
      job.stuckMilliseconds += silenceMilliseconds;
      if (job.stuckMilliseconds > maxStuckMilliseconds) this.fill(job, '{"kind":"notRun"}', 0);
    }
    if (job.answers.length < job.request.inputs.length) this.queue.unshift(job);
    else job.resolve(job.answers);
  }

  /** Answers all inputs that are left. */
  private fill({ answers, request }: Job, outcome: string, milliseconds: number): void {
    while (answers.length < request.inputs.length) answers.push({ outcome, milliseconds });
  }

  private failStart(): void {
    this.endThread();
    this.failedStarts += 1;
    if (this.failedStarts >= maxFailedStarts) {
      this.failedStarts = 0;
      this.giveUp();
    } else {
      this.start();
    }
  }

  private giveUp(): void {
    const jobs = this.current === undefined ? this.queue : [this.current, ...this.queue];
    this.current = undefined;
    for (const job of jobs.splice(0)) job.resolve(undefined);
    this.queue.length = 0;
    this.watch(undefined);
  }

  private endThread(): void {
    this.watch(undefined);
    this.thread?.end();
    this.thread = undefined;
    this.isReady = false;
  }
}
