/** Waits for a condition instead of sleeping. */

/**
 * Asks every 15 ms until the answer is neither undefined nor false; rejects after a while with what was awaited.
 * @param awaited in words, or what makes the words once they are needed
 */
export async function eventually<T>(
  awaited: string | (() => Promise<string>),
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  milliseconds = 15_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) {
      const what = typeof awaited === "string" ? awaited : await awaited();
      throw new Error(`Waited ${milliseconds / 1000} s in vain for ${what}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
  }
}
