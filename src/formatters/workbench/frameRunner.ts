/** Runs bound formatters on frames that did not just come in: of a hover, a byte map, a test to be written. */
import type { Clock } from "../../util/clock";
import { MutableDisposable } from "../../util/disposables";
import type { Disposable } from "../../util/emitter";
import type { CreateFormatter } from "./bench";
import { builtInFormatter } from "./bindings";
import type {
  DecodedUplink,
  DecodeInput,
  Formatter,
  FormatterAnswer,
  ServerProfile,
} from "../formatter";
import type { BoundFile } from "./workbench";

/** The formatter that ran last is kept so long, for people hover over one payload after the other. Milliseconds. */
const keptFor = 30_000;

export interface FrameRunnerServices {
  readonly clock: Clock;
  readonly createFormatter: CreateFormatter;
  /** The saved text of a bound file. */
  readonly textOf: (source: string) => string | undefined;
}

export class FrameRunner implements Disposable {
  private readonly kept = new MutableDisposable<Formatter>();
  private readonly timer = new MutableDisposable<Disposable>();
  private keptKey = "";
  /** One after the other, so that no formatter is disposed of while it runs. */
  private work: Promise<unknown> = Promise.resolve();
  private isDisposed = false;

  constructor(private readonly services: FrameRunnerServices) {}

  /** Undefined when the file cannot be read. */
  decode(
    binding: BoundFile,
    inputs: readonly DecodeInput[],
  ): Promise<readonly FormatterAnswer<DecodedUplink>[] | undefined> {
    const mine = this.work.then(() => this.run(binding, inputs));
    this.work = mine.catch(() => undefined);
    return mine;
  }

  dispose(): void {
    this.isDisposed = true;
    this.timer.dispose();
    this.kept.dispose();
  }

  private async run({ source, profile }: BoundFile, inputs: readonly DecodeInput[]) {
    const isBuiltIn = source === builtInFormatter;
    const text = isBuiltIn ? "" : this.services.textOf(source);
    if (text === undefined || this.hasEnded()) return undefined;
    this.timer.value = undefined;
    const key = JSON.stringify([source, profile, text]);
    const kept = key === this.keptKey ? this.kept.value : undefined;
    const formatter = kept ?? (await this.make(source, profile, text));
    this.keptKey = key;
    const answers = await formatter.decodeUplinks(inputs);
    this.timer.value = this.services.clock.after(keptFor, () => this.kept.dispose());
    if (this.hasEnded()) this.dispose();
    return answers;
  }

  private async make(source: string, profile: ServerProfile, text: string): Promise<Formatter> {
    const kind = source === builtInFormatter ? "cayennelpp" : "javascript";
    const made = await this.services.createFormatter(text, { kind, profile });
    this.kept.value = made;
    return made;
  }

  /** It may end while it waits. */
  private hasEnded(): boolean {
    return this.isDisposed;
  }
}
