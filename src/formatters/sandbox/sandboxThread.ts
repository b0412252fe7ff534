/** One thread that handles what the workspace wrote, from its start to its end. */
import { Worker, type ResourceLimits } from "node:worker_threads";
import type { Report, Request } from "./protocol";

const stackSizeMb = 16;

export interface ThreadEvents<Told = Report> {
  onReport(report: Told): void;
  /** The thread ended by itself or could not start. Called once, and not after `end`. */
  onGone(): void;
}

/** The sandbox's by default; the reader of texts asks and tells other things. */
export class SandboxThread<Asked = Request, Told = Report> {
  private readonly worker: Worker;
  private isOver = false;

  constructor(file: string, events: ThreadEvents<Told>, limits: ResourceLimits = {}) {
    this.worker = new Worker(file, {
      resourceLimits: { stackSizeMb, ...limits },
      // What the engine says as it gives up stays here; the thread ends with the error that follows.
      stdout: true,
      stderr: true,
    });
    const gone = () => {
      if (this.isOver) return;
      this.isOver = true;
      events.onGone();
    };
    this.worker.on("message", (report: Told) => {
      if (!this.isOver) events.onReport(report);
    });
    this.worker.on("error", gone);
    this.worker.on("messageerror", gone);
    this.worker.on("exit", gone);
  }

  send(request: Asked): void {
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
