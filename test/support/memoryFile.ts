/** A shared file in memory, as one or several windows see it. */
import type { Shared, Write } from "../../src/storage/sharedFile";

export class MemoryFile implements Shared {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private value?: unknown) {}

  read(): unknown {
    return this.value;
  }

  exclusively<T>(work: (value: unknown, write: Write) => Promise<T>): Promise<T> {
    const result = this.turn.then(() =>
      work(this.value, (value) => {
        this.value = structuredClone(value);
        return Promise.resolve();
      }),
    );
    this.turn = result.catch(() => undefined);
    return result;
  }
}
