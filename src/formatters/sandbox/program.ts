/**
 * One formatter in the sandbox. Its script is compiled once into a function, and each call gets a fresh run of that
 * function; a script that could tell, or that changed a built-in, gets a fresh realm for each call instead.
 */
import type { QuickJSWASMModule } from "quickjs-emscripten-core";
import type { ServerProfile } from "../formatter";
import { needsGlobalScope } from "./globalScope";
import type { Call, Outcome, RunAnswer } from "./protocol";
import { Ended, Realm } from "./realm";
import { wrap, wrapAsFactory } from "./wrapper";

export interface Listener {
  /** The scripts begin to run. */
  onStart(): void;
  onAnswers(answers: readonly RunAnswer[]): void;
}

export class Program {
  private readonly realms = new Map<Call, Realm>();
  private readonly broken = new Map<Call, Outcome>();
  private isGlobal: boolean;

  constructor(
    private readonly module: QuickJSWASMModule,
    private readonly source: string,
    private readonly profile: ServerProfile,
  ) {
    this.isGlobal = needsGlobalScope(source);
  }

  /** Runs the inputs in order and hands over the answers as they become certain. */
  run(call: Call, inputs: readonly string[], listener: Listener): void {
    if (!this.isGlobal) this.warmUp(call);
    listener.onStart();
    if (!this.isGlobal && inputs.length === 1) {
      // It found a clean world, so its answer stands; whether the next one will is checked afterwards.
      inputs.forEach((input) => listener.onAnswers([this.runShared(call, input)]));
      this.checkWorld(call);
      return;
    }
    let from = 0;
    while (from < inputs.length) {
      const answers = this.isGlobal
        ? inputs.slice(from, from + 1).map((input) => this.runAlone(call, input))
        : this.runPart(call, inputs, from);
      listener.onAnswers(answers);
      from += answers.length;
    }
  }

  dispose(): void {
    for (const realm of this.realms.values()) realm.dispose();
    this.realms.clear();
  }

  /** Some inputs from `from` on; none when one of them changed the world of the others. */
  private runPart(call: Call, inputs: readonly string[], from: number): RunAnswer[] {
    const answers: RunAnswer[] = [];
    const end = performance.now() + partMilliseconds;
    for (let index = from; index < inputs.length; index++) {
      answers.push(this.runShared(call, inputs[index] ?? ""));
      if (this.isGlobal || performance.now() > end) break;
    }
    this.checkWorld(call);
    return this.isGlobal ? [] : answers;
  }

  /** From now on each call gets a realm of its own when a built-in is not as it was. */
  private checkWorld(call: Call): void {
    const realm = this.realms.get(call);
    if (realm !== undefined && !this.isGlobal && !realm.isClean()) this.isGlobal = true;
    if (this.isGlobal) this.drop(call);
  }

  /** Compiles before the first call, outside the time that calls are given. */
  private warmUp(call: Call): void {
    try {
      this.realmFor(call).stopClock();
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      this.drop(call);
    }
  }

  private runShared(call: Call, input: string): RunAnswer {
    const started = performance.now();
    const outcome = this.shared(call, input);
    return { outcome, milliseconds: performance.now() - started };
  }

  private shared(call: Call, input: string): string {
    const broken = this.broken.get(call);
    if (broken !== undefined) return JSON.stringify(broken);
    try {
      const realm = this.realmFor(call);
      realm.startClock();
      const outcome = realm.run(call, input, false);
      realm.stopClock();
      if (outcome.startsWith(exhausted)) this.drop(call);
      else if (!realm.sweep()) this.isGlobal = true;
      return outcome;
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      this.drop(call);
      return JSON.stringify(error.outcome);
    }
  }

  private realmFor(call: Call): Realm {
    const known = this.realms.get(call);
    if (known !== undefined) return known;
    const realm = new Realm(this.module, this.profile);
    this.realms.set(call, realm);
    realm.startClock();
    try {
      // The function's body would take what a script may not have, such as a `return`.
      realm.check(wrap(this.source, call, this.profile));
    } catch (error) {
      if (error instanceof Ended && error.outcome.kind === "syntax")
        this.broken.set(call, error.outcome);
      throw error;
    }
    realm.keepFactory(wrapAsFactory(this.source, call, this.profile));
    return realm;
  }

  private drop(call: Call): void {
    this.realms.get(call)?.dispose();
    this.realms.delete(call);
  }

  /** A call in a realm of its own, with the script in the global scope. */
  private runAlone(call: Call, input: string): RunAnswer {
    const realm = new Realm(this.module, this.profile);
    const started = performance.now();
    let outcome: string;
    try {
      realm.startClock();
      const script = wrap(this.source, call, this.profile);
      realm.check(script);
      realm.load(script);
      outcome = realm.run(call, input, true);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      outcome = JSON.stringify(error.outcome);
    }
    const milliseconds = performance.now() - started;
    realm.dispose();
    return { outcome, milliseconds };
  }
}

/** A part ends after this long, so that the host sees it move. */
const partMilliseconds = 50;
const exhausted = '{"kind":"exhausted"';
