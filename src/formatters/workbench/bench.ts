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
import { frameOf, type Frame } from "./frame";
import { FrameWindow } from "./frameWindow";
import { batchSize } from "./liveQueue";
import { makeOutcome, type Outcome } from "./outcome";

/** Frames decoded first, to see how it goes. */
const firstBatch = 4;
const maximumRetries = 8;

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
      await this.decode(frames, true);
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
    const missing = this.window.ids().filter((id) => !this.outcomesNow.has(id));
    for (let at = 0, size = firstBatch; at < missing.length; at += size, size = batchSize) {
      if (edition !== this.edition) return;
      const entries = missing.slice(at, at + size).map((id) => this.services.events.get(id));
      const outcomes = await this.decode(
        entries.flatMap((entry) => (entry && frameOf(entry)) ?? []),
        false,
      );
      // An endless loop would take its time again for each of a thousand frames.
      if (outcomes.length > 0 && outcomes.every(({ answer }) => isTimeout(answer))) return;
    }
  }

  private async decode(frames: readonly Frame[], isLive: boolean): Promise<readonly Outcome[]> {
    const { formatter } = this;
    if (!formatter || frames.length === 0) return [];
    const answers = [...(await formatter.decodeUplinks(frames))];
    await retryTimeouts(formatter, frames, answers);
    if (this.isDisposed) return [];
    const outcomes = frames.flatMap((frame, index) => {
      const answer = answers[index];
      const before = this.outcomesBefore.get(frame.eventId);
      return answer ? [makeOutcome(frame, this.name, answer, before)] : [];
    });
    for (const outcome of outcomes) this.outcomesNow.set(outcome.frame.eventId, outcome);
    this.services.onOutcomes(outcomes, isLive);
    return outcomes;
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

function isTimeout({ error }: FormatterAnswer<unknown>): boolean {
  return error?.code === "DEADLINE_EXCEEDED";
}

/** On a busy machine time also runs out for what is quick: the first few get a second chance. */
async function retryTimeouts(
  formatter: Formatter,
  frames: readonly Frame[],
  answers: FormatterAnswer<DecodedUplink>[],
): Promise<void> {
  const late = answers.flatMap((answer, index) => (isTimeout(answer) ? [index] : []));
  for (const index of late.slice(0, maximumRetries)) {
    const frame = frames[index];
    const answer = frame && (await formatter.decodeUplink(frame));
    if (answer) answers[index] = answer;
    if (!answer || isTimeout(answer)) return;
  }
}

function placeOf({ applicationKey, deviceId, fPort }: Frame): string {
  return `${applicationKey} ${deviceId} ${fPort}`;
}
