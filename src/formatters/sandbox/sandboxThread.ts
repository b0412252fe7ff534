/** One thread with the sandbox in it, from its start to its end. */
import { Worker } from "node:worker_threads";
import type { Report, Request } from "./protocol";

const stackSizeMb = 16;

export interface ThreadEvents {
  onReport(report: Report): void;
  /** The thread ended by itself or could not start. Called once, and not after `end`. */
  onGone(): void;
}

export class SandboxThread {
  private readonly worker: Worker;
  private isOver = false;

  constructor(file: string, events: ThreadEvents) {
    this.worker = new Worker(file, {
      resourceLimits: { stackSizeMb },
      // What the engine says as it gives up stays here; the thread ends with the error that follows.
      stdout: true,
      stderr: true,
    });
    const gone = () => {
      if (this.isOver) return;
      this.isOver = true;
      events.onGone();
    };
    this.worker.on("message", (report: Report) => {
      if (!this.isOver) events.onReport(report);
    });
    this.worker.on("error", gone);
    this.worker.on("messageerror", gone);
    this.worker.on("exit", gone);
  }

  send(request: Request): void {
    this.worker.postMessage(request);
  }

  /** Whether the process waits for this thread. */
  hold(isHeld: boolean): void {
    if (isHeld) this.worker.ref();
    else this.worker.unref();
  }

  end(): void {
    this.isOver = true;
    void this.worker.terminate();
  }
}
