/**
 * A small JSON file that all windows share: VS Code's own memory is copied into each window and written back whole, so that
 * two windows lose each other's changes. Here one writes at a time, after reading what the others wrote.
 */
import { readFileSync } from "node:fs";
import { mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../util/clock";

/** Milliseconds between two tries for the lock. */
const pause = 25;
/** A window that holds the lock longer has crashed. Milliseconds. */
const staleAfter = 15_000;
const giveUpAfter = 20_000;

export type Write = (value: unknown) => Promise<void>;

/** What lists need of the file; tests keep it in memory. */
export interface Shared {
  /** The value as it is now, undefined when there is none or nobody can read it. */
  read(): unknown;
  /** Runs the work while no other window does the same; it gets the value and may write another. */
  exclusively<T>(work: (value: unknown, write: Write) => Promise<T>): Promise<T>;
}

export class SharedFile implements Shared {
  private readonly file: string;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param folder made when it is not there */
  constructor(
    private readonly folder: string,
    name: string,
    private readonly clock: Pick<Clock, "after" | "now">,
  ) {
    this.file = path.join(folder, name);
  }

  read(): unknown {
    try {
      return JSON.parse(readFileSync(this.file, "utf8")) as unknown;
    } catch {
      return undefined; // not there yet, or not ours
    }
  }

  exclusively<T>(work: (value: unknown, write: Write) => Promise<T>): Promise<T> {
    const result = this.turn.then(() => this.locked(work));
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async locked<T>(work: (value: unknown, write: Write) => Promise<T>): Promise<T> {
    await mkdir(this.folder, { recursive: true });
    const lock = `${this.file}.lock`;
    await this.acquire(lock);
    try {
      return await work(this.read(), (value) => this.write(value));
    } finally {
      await rm(lock, { force: true });
    }
  }

  private async acquire(lock: string): Promise<void> {
    const end = this.clock.now() + giveUpAfter;
    for (;;) {
      try {
        await (await open(lock, "wx")).close();
        return;
      } catch (error) {
        if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
      }
      const since = await stat(lock).then(
        ({ mtimeMs }) => mtimeMs,
        () => undefined, // given back just now
      );
      if (since !== undefined && Date.now() - since > staleAfter) await rm(lock, { force: true });
      else if (this.clock.now() > end) throw new Error("Another window writes the same list.");
      else await new Promise<void>((resolve) => this.clock.after(pause, resolve));
    }
  }

  /** Whole or not at all: a window that reads meanwhile sees the former value. */
  private async write(value: unknown): Promise<void> {
    const next = `${this.file}.${process.pid}.new`;
    await writeFile(next, JSON.stringify(value));
    await rename(next, this.file);
  }
}
