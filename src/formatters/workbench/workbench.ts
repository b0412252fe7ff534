/**
 * Runs the payload formatters of the workspace on the frames of the end devices that they are bound to: those remembered
 * when a file is saved, and each new one as it comes. Reads the model and never writes it; its results are derived values
 * that views may show. Without bindings it does nothing, and the sandbox is loaded with the first one.
 */
import type { Model, ModelChange } from "../../model/model";
import type { Clock } from "../../util/clock";
import { Coalescer } from "../../util/coalesce";
import { DisposableStore, MutableDisposable } from "../../util/disposables";
import { type Disposable, Emitter } from "../../util/emitter";
import { globMatches } from "../../util/glob";
import { memoize } from "../../util/memoize";
import { Bench, type CreateFormatter } from "./bench";
import { builtInFormatter, matchDownlink, matchUplink, type Binding } from "./bindings";
import {
  cayenneEncoder,
  decodeSent,
  encodeFields,
  type EncodeRequest,
  type LocalEncoding,
} from "./downlinks";
import { speaksCayenne } from "./cayenneTraffic";
import type { DecodedDownlink, DecodeInput, FormatterAnswer } from "../formatter";
import { frameOf, type Frame } from "./frame";
import { readHistory } from "./history";
import { LiveQueue } from "./liveQueue";
import type { Decoded, LocalOutcomes } from "./localOutcomes";
import type { Outcome } from "./outcome";
import { reportOn, type Report } from "./report";
import { counted } from "../../util/counted";

/** A binding whose file has an address. */
export interface BoundFile extends Binding {
  /** Equal for equal files; {@link builtInFormatter} for the built-in one. */
  readonly source: string;
}

export interface WorkbenchServices {
  readonly model: Model;
  readonly clock: Clock;
  /** Loads the sandbox with the first call. */
  readonly createFormatter: CreateFormatter;
  /** One line for the diagnostics channel. */
  readonly log: (line: string) => void;
}

/** Outcomes that are kept for lines and rows, and end devices whose latest one is known. */
export const maximumOutcomes = 2_000;
/** Reports change at most this often. Milliseconds. */
const reportInterval = 400;

export class Workbench implements LocalOutcomes, Disposable {
  private readonly disposables = new DisposableStore();
  private readonly listening = this.disposables.add(new MutableDisposable<Disposable>());
  private readonly reading = this.disposables.add(new MutableDisposable<Disposable>());
  private readonly queue: LiveQueue<{ readonly bench: Bench; readonly frame: Frame }>;
  private readonly reports: Coalescer<"reports">;
  private readonly reportEmitter = new Emitter<void>();
  private readonly decodeEmitter = new Emitter<Decoded>();
  private readonly texts = new Map<string, string>();
  private bound: readonly BoundFile[] = [];
  /** By application, end device and FPort: asked for with every uplink. */
  private benchOf: (place: string) => Bench | null = () => null;
  /** One for each file and profile. */
  private readonly benches = new Map<string, Bench>();
  /** By event id. */
  private readonly outcomes = new Map<number, Outcome>();
  private readonly latest = new Map<string, Outcome>();

  constructor(private readonly services: WorkbenchServices) {
    const { clock } = services;
    this.queue = this.disposables.add(
      new LiveQueue(
        clock,
        (batch) => this.decodeLive(batch),
        ({ bench }) => this.countShed(bench),
      ),
    );
    this.reports = this.disposables.add(
      new Coalescer(clock, reportInterval, () => this.reportEmitter.fire()),
    );
  }

  /** What is known of some frames changed; ask again for what is shown. At most a few times a second. */
  get onDidChange() {
    return this.reportEmitter.event;
  }

  get onDidDecode() {
    return this.decodeEmitter.event;
  }

  get bindings(): readonly BoundFile[] {
    return this.bound;
  }

  /** Bindings in the order in which they are tried; everything is decoded anew where they differ. */
  setBindings(bound: readonly BoundFile[]): void {
    if (JSON.stringify(bound) === JSON.stringify(this.bound)) return;
    this.bound = bound;
    this.reading.value = undefined;
    for (const bench of this.benches.values()) bench.dispose();
    this.benches.clear();
    this.outcomes.clear();
    this.latest.clear();
    for (const each of bound) this.makeBench(each);
    this.benchOf = memoize(5_000, 200, (place) => this.findBench(place));
    for (const source of this.texts.keys())
      if (!bound.some((each) => each.source === source)) this.texts.delete(source);
    this.listening.value =
      bound.length === 0
        ? undefined
        : this.services.model.onDidChange((change) => this.follow(change));
    if (bound.length > 0) this.readPast();
    this.reports.add("reports");
  }

  /** The saved text of a bound file; undefined when it cannot be read. */
  setText(source: string, text: string | undefined): void {
    if (!this.bound.some((each) => each.source === source)) return;
    if (text === undefined) this.texts.delete(source);
    else this.texts.set(source, text);
    for (const each of this.bound)
      if (each.source === source) void this.benches.get(benchKey(each))?.setText(text);
    this.reports.add("reports");
  }

  /** The saved text of a bound file, if it could be read. */
  text(source: string): string | undefined {
    return this.texts.get(source);
  }

  /** What the formatters of a file made of their frames; undefined when it is not bound. */
  report(source: string): Report | undefined {
    const benches = this.benchesOf(source);
    if (benches.length === 0) return undefined;
    return reportOn(new Map(benches.flatMap((bench) => [...bench.outcomes])));
  }

  outcomesOf(source: string): readonly Outcome[] {
    return this.benchesOf(source).flatMap((bench) => [...bench.outcomes.values()]);
  }

  outcome(eventId: number): Outcome | undefined {
    return this.outcomes.get(eventId);
  }

  /** What the text before decoded of an event. */
  outcomeBefore(eventId: number): Outcome | undefined {
    for (const bench of this.benches.values()) {
      const found = bench.before(eventId);
      if (found) return found;
    }
    return undefined;
  }

  latestOf(applicationKey: string, deviceId: string): Outcome | undefined {
    return this.latest.get(deviceKey(applicationKey, deviceId));
  }

  /**
   * Fields as the bound formatter encodes them; without one as the server's CayenneLPP does, where it decodes the end
   * device's uplinks. Undefined when nothing is known.
   */
  async encode(request: EncodeRequest): Promise<LocalEncoding | undefined> {
    const { application, deviceId, fPort } = request;
    const binding = matchDownlink(this.bound, application, deviceId, fPort);
    const bench = binding && this.benches.get(benchKey(binding));
    if (bench) return encodeFields(bench, request);
    const isCayenne = !binding && speaksCayenne(this.services.model, application, deviceId);
    return isCayenne ? encodeFields(cayenneEncoder, request) : undefined;
  }

  /** The payload of a downlink as the bound formatter reads it. */
  async decodeDownlink(
    application: string,
    deviceId: string,
    input: DecodeInput,
  ): Promise<
    { readonly formatter: string; readonly answer: FormatterAnswer<DecodedDownlink> } | undefined
  > {
    const binding = matchDownlink(this.bound, application, deviceId, input.fPort);
    const bench = binding && this.benches.get(benchKey(binding));
    return bench && decodeSent(bench, input);
  }

  dispose(): void {
    this.disposables.dispose();
    for (const bench of this.benches.values()) bench.dispose();
    this.benches.clear();
  }

  private makeBench(each: BoundFile): void {
    const key = benchKey(each);
    if (this.benches.has(key)) return;
    const isBuiltIn = each.source === builtInFormatter;
    const { model, createFormatter, log } = this.services;
    const bench = new Bench(
      each.file,
      { kind: isBuiltIn ? "cayennelpp" : "javascript", profile: each.profile },
      {
        ...{ events: model.events, createFormatter, log },
        onOutcomes: (outcomes, isLive) => this.take(outcomes, isLive),
      },
    );
    this.benches.set(key, bench);
    const text = isBuiltIn ? "" : this.texts.get(each.source);
    if (text !== undefined) void bench.setText(text);
  }

  private readPast(): void {
    const { model, clock } = this.services;
    this.reading.value = readHistory({
      ...{ events: model.events, clock },
      accepts: ({ applicationUid, deviceId }) =>
        this.bound.some(
          (each) => each.application === applicationUid && globMatches(each.devices, deviceId),
        ),
      take: (frame) => this.benchFor(frame)?.remember(frame),
      onDone: () => {
        for (const bench of this.benches.values()) void bench.decodePast();
      },
    });
  }

  /** On the path of the messages: a look-up and a push. */
  private follow({ event }: ModelChange): void {
    const frame = event && frameOf(event);
    const bench = frame && this.benchFor(frame);
    if (bench) this.queue.add({ bench, frame });
  }

  private benchFor({ application, deviceId, fPort }: Frame): Bench | undefined {
    return this.benchOf(`${application} ${deviceId} ${fPort}`) ?? undefined;
  }

  private findBench(place: string): Bench | null {
    const [application = "", deviceId = "", fPort] = place.split(" ");
    const binding = matchUplink(this.bound, application, deviceId, Number(fPort));
    return (binding && this.benches.get(benchKey(binding))) ?? null;
  }

  private benchesOf(source: string): readonly Bench[] {
    const keys = this.bound.filter((each) => each.source === source).map(benchKey);
    return [...new Set(keys)].flatMap((key) => this.benches.get(key) ?? []);
  }

  private async decodeLive(
    batch: readonly { readonly bench: Bench; readonly frame: Frame }[],
  ): Promise<void> {
    for (const bench of new Set(batch.map((each) => each.bench))) {
      await bench.decodeLive(
        batch.filter((each) => each.bench === bench).map(({ frame }) => frame),
      );
    }
  }

  private take(outcomes: readonly Outcome[], isLive: boolean): void {
    for (const outcome of outcomes) {
      const { eventId, applicationKey, deviceId } = outcome.frame;
      put(this.outcomes, eventId, outcome);
      const key = deviceKey(applicationKey, deviceId);
      if ((this.latest.get(key)?.frame.eventId ?? 0) <= eventId) put(this.latest, key, outcome);
    }
    this.decodeEmitter.fire({ outcomes, isLive });
    this.reports.add("reports");
  }

  private countShed(bench: Bench): void {
    if (bench.shedCount++ % 1_000 === 0)
      this.services.log(
        `formatter ${bench.name}: ${counted(bench.shedCount, "frame")} not decoded here, too many at once`,
      );
  }
}

/** The latest at the end; the one that was not touched for longest makes room. */
function put<K>(outcomes: Map<K, Outcome>, key: K, outcome: Outcome): void {
  outcomes.delete(key);
  outcomes.set(key, outcome);
  if (outcomes.size <= maximumOutcomes) return;
  const oldest = outcomes.keys().next();
  if (oldest.done !== true) outcomes.delete(oldest.value);
}

function benchKey({ source, profile }: BoundFile): string {
  return `${profile} ${source}`;
}

function deviceKey(applicationKey: string, deviceId: string): string {
  return `${applicationKey} ${deviceId}`;
}
