/** One bound formatter: runs the saved text of its file over the frames of its window and keeps what came out. */
import type { EventStore } from "../../model/eventStore";
import type { Disposable } from "../../util/emitter";
import type {
  DecodedDownlink,
  DecodedUplink,
  DecodeInput,
  EncodedDownlink,
  EncodeInput,
  Formatter,
  FormatterAnswer,
  FormatterOptions,
} from "../formatter";
import { slowMilliseconds } from "../lint/lintRuntime";
import { frameOf, type Frame } from "./frame";
import { FrameWindow } from "./frameWindow";
import { makeOutcome, varyingIn, type Outcome } from "./outcome";

/** Frames of one trip to the sandbox: one to see how it goes, then ever more. */
const largestSlice = 16;
const maximumRetries = 8;
/** What an endless loop may take of one piece of work, instead of its time for each of a thousand frames. Milliseconds. */
const longestInVain = 450;

export type CreateFormatter = (source: string, options: FormatterOptions) => Promise<Formatter>;

export interface BenchServices {
  readonly events: EventStore;
  /** Loads the sandbox on its first call. */
  readonly createFormatter: CreateFormatter;
  readonly onOutcomes: (outcomes: readonly Outcome[], isLive: boolean) => void;
  readonly log: (line: string) => void;
}

export class Bench implements Disposable {
  private readonly window = new FrameWindow();
  /** By event id: of the text as it is, and of the last text before it that could decode anything. */
  private outcomesNow = new Map<number, Outcome>();
  private outcomesBefore = new Map<number, Outcome>();
  private text: string | undefined;
  private formatter: Formatter | undefined;
  /** Everything that uses the formatter happens one after the other. */
  private work: Promise<unknown> = Promise.resolve();
  /** Rises with each text, so that work for an older one stops. */
  private edition = 0;
  private isDisposed = false;
  /** Live frames that were not decoded because too many came at once. */
  shedCount = 0;

  constructor(
    /** For people: `codecs/soil.js`. */
    readonly name: string,
    private readonly options: FormatterOptions,
    private readonly services: BenchServices,
  ) {}

  get isCayenne(): boolean {
    return this.options.kind === "cayennelpp";
  }

  /** By event id; of evicted events, too, as long as they are in the window. */
  get outcomes(): ReadonlyMap<number, Outcome> {
    return this.outcomesNow;
  }

  /** What the text before decoded, for comparison. */
  before(eventId: number): Outcome | undefined {
    return this.outcomesBefore.get(eventId);
  }

  /** The file was read, or is gone: then nothing is decoded until it is back. */
  setText(text: string | undefined): Promise<void> {
    const edition = ++this.edition;
    return this.inTurn(async () => {
      if (edition !== this.edition || text === this.text) return;
      this.text = text;
      if ([...this.outcomesNow.values()].some(({ answer }) => answer.result))
        this.outcomesBefore = this.outcomesNow;
      this.outcomesNow = new Map();
      await this.replaceFormatter(text);
      await this.decodeAgain(edition);
    });
  }

  /** Takes a frame of the past into the window; {@link decodePast} then decodes those that are new. */
  remember(frame: Frame): void {
    for (const id of this.window.add(frame.eventId, placeOf(frame))) this.forget(id);
  }

  decodePast(): Promise<void> {
    return this.inTurn(() => this.decodeAgain(this.edition));
  }

  decodeLive(frames: readonly Frame[]): Promise<void> {
    return this.inTurn(async () => {
      for (const frame of frames) this.remember(frame);
      await this.decode(
        frames.length,
        (index) => frames[index],
        () => true,
        true,
      );
    });
  }

  /** Undefined while there is no text. */
  encodeDownlink(input: EncodeInput): Promise<FormatterAnswer<EncodedDownlink> | undefined> {
    return this.inTurn(async () => this.formatter?.encodeDownlink(input));
  }

  decodeDownlink(input: DecodeInput): Promise<FormatterAnswer<DecodedDownlink> | undefined> {
    return this.inTurn(async () => this.formatter?.decodeDownlink(input));
  }

  dispose(): void {
    this.isDisposed = true;
    this.edition++;
    this.formatter?.dispose();
    this.formatter = undefined;
  }

  /** The new one is made before the old one goes: the sandbox ends with its last formatter. */
  private async replaceFormatter(text: string | undefined): Promise<void> {
    const { formatter: old } = this;
    this.formatter = undefined;
    try {
      if (text === undefined) return;
      const formatter = await this.services.createFormatter(text, this.options);
      if (this.isDisposed) formatter.dispose();
      else this.formatter = formatter;
    } finally {
      old?.dispose();
    }
  }

  private async decodeAgain(edition: number): Promise<void> {
    const { events } = this.services;
    const missing = this.window.ids().filter((id) => !this.outcomesNow.has(id));
    const frameAt = (index: number) => {
      const entry = events.get(missing[index] ?? 0);
      return entry && frameOf(entry);
    };
    await this.decode(missing.length, frameAt, () => edition === this.edition, false);
  }

  /** In slices, until too much time was spent on frames that run out of it. */
  private async decode(
    count: number,
    frameAt: (index: number) => Frame | undefined,
    isWanted: () => boolean,
    isLive: boolean,
  ): Promise<void> {
    const patience: Patience = { retries: maximumRetries, inVain: 0 };
    for (let at = 0, size = 1; at < count && patience.inVain < longestInVain && isWanted();) {
      const indexes = Array.from({ length: Math.min(size, count - at) }, (_, index) => at + index);
      const before = patience.inVain;
      await this.decodeSlice(
        indexes.flatMap((index) => frameAt(index) ?? []),
        patience,
        isLive,
      );
      at += size;
      size = patience.inVain > before ? 1 : Math.min(size * 4, largestSlice);
    }
  }

  private async decodeSlice(
    frames: readonly Frame[],
    patience: Patience,
    isLive: boolean,
  ): Promise<void> {
    const { formatter } = this;
    if (!formatter || frames.length === 0) return;
    const answers = [...(await formatter.decodeUplinks(frames))];
    await retryLate(formatter, frames, answers, patience);
    if (this.isDisposed) return;
    const outcomes = await this.judge(formatter, frames, answers);
    if (this.isHalted()) return;
    for (const outcome of outcomes) this.outcomesNow.set(outcome.frame.eventId, outcome);
    this.services.onOutcomes(outcomes, isLive);
  }

  /** Frames that seem to drift or to have changed are run once more, at another time: some results change by themselves. */
  private async judge(
    formatter: Formatter,
    frames: readonly Frame[],
    answers: readonly FormatterAnswer<DecodedUplink>[],
  ): Promise<readonly Outcome[]> {
    const judged = (varying: ReadonlyMap<number, readonly string[]>) =>
      frames.flatMap((frame, index) => {
        const { eventId } = frame;
        const answer = answers[index];
        const before = this.outcomesBefore.get(eventId);
        return answer ? [makeOutcome(frame, this.name, answer, before, varying.get(eventId))] : [];
      });
    const first = judged(new Map());
    const suspects = first.filter(({ agrees, changed, answer }) => {
      return (agrees === false || changed === true) && !isLate(answer);
    });
    if (suspects.length === 0) return first;
    const later = await formatter.decodeUplinks(
      suspects.map(({ frame }) => frame),
      "later",
    );
    const varying = new Map(
      suspects.flatMap(({ frame, answer }, index) => {
        const again = later[index];
        return again ? [[frame.eventId, varyingIn(answer, again)] as const] : [];
      }),
    );
    return judged(varying);
  }

  /** It may end while it waits. */
  private isHalted(): boolean {
    return this.isDisposed;
  }

  private forget(eventId: number): void {
    this.outcomesNow.delete(eventId);
    this.outcomesBefore.delete(eventId);
  }

  /** A failure of the sandbox itself is told once and ends nothing but this piece of work. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T | undefined> {
    const mine = this.work.then(() => (this.isDisposed ? undefined : work()));
    this.work = mine.catch(() => undefined);
    try {
      return await mine;
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.services.log(`formatter ${this.name}: the sandbox failed: ${reason.slice(0, 200)}`);
      return undefined;
    }
  }
}

/** What one piece of work may still spend on frames that are late. */
interface Patience {
  retries: number;
  /** Milliseconds of runs that ran out of time. */
  inVain: number;
}

function isTimeout({ error }: FormatterAnswer<unknown>): boolean {
  return error?.code === "DEADLINE_EXCEEDED";
}

function isLate(answer: FormatterAnswer<unknown>): boolean {
  return isTimeout(answer) || answer.milliseconds > slowMilliseconds;
}

/** On a busy machine also what is quick takes long: a few get a second chance, until one is late again. */
async function retryLate(
  formatter: Formatter,
  frames: readonly Frame[],
  answers: FormatterAnswer<DecodedUplink>[],
  patience: Patience,
): Promise<void> {
  for (const [index, frame] of frames.entries()) {
    const first = answers[index];
    if (!first || !isLate(first) || patience.retries === 0) continue;
    patience.retries--;
    const again = await formatter.decodeUplink(frame);
    if (isTimeout(again)) patience.inVain += again.milliseconds;
    answers[index] = again;
    if (isLate(again)) patience.retries = 0;
  }
  for (const answer of answers) if (isTimeout(answer)) patience.inVain += answer.milliseconds;
}

function placeOf({ applicationKey, deviceId, fPort }: Frame): string {
  return `${applicationKey} ${deviceId} ${fPort}`;
}
