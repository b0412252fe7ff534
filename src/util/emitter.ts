/** Events with the shape of VS Code's own, so that code without a host can offer them. */

export interface Disposable {
  dispose(): void;
}

export type Event<T> = (listener: (value: T) => unknown) => Disposable;

/**
 * One source of events. A listener that throws does not keep the others from hearing: its error goes to
 * `onListenerError`, once per call.
 */
export class Emitter<T> implements Disposable {
  /** Never changed, only replaced: whoever is being told goes through the list as it was. */
  private listeners: readonly ((value: T) => unknown)[] = [];

  constructor(private readonly onListenerError: (error: unknown) => void = reportLater) {}

  readonly event: Event<T> = (listener) => {
    const own = (value: T) => listener(value);
    this.listeners = [...this.listeners, own];
    return { dispose: () => (this.listeners = this.listeners.filter((each) => each !== own)) };
  };

  fire(value: T): void {
    // Who begins to listen while others are told hears the next one, and who stops hears no more.
    const { listeners } = this;
    for (const listener of listeners) {
      if (this.listeners !== listeners && !this.listeners.includes(listener)) continue;
      try {
        listener(value);
      } catch (error) {
        this.onListenerError(error);
      }
    }
  }

  dispose(): void {
    this.listeners = [];
  }
}

/** Without a better place for it, a listener's error surfaces as an uncaught one, outside the data path. */
function reportLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
