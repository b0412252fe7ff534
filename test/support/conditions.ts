/** Waits for conditions, so that no test sleeps for a guessed time. */

const deadline = 8_000;
const pause = 2;

/** Resolves when the condition holds; rejects with its description when it does not in time. */
export async function eventually(description: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + deadline;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never happened: ${description}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Rejects when the promise has not settled after `milliseconds` of real time. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets all I/O and callbacks that are ready now happen, several times over. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
