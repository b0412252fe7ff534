/**
 * One formatter in the sandbox. Its script is compiled once into a function, and each call gets a fresh run of that
 * function in a world put back as it was; a script that could tell gets a fresh realm for each call instead.
 */
import type { QuickJSWASMModule } from "quickjs-emscripten-core";
import type { ServerProfile } from "../formatter";
import { findNewSyntax } from "../server/newSyntax";
import { newSyntaxOutcome } from "../server/newSyntaxOutcome";
import { readScriptScope, type ScriptScope } from "./globalScope";
import type { Options } from "./prelude/prelude";
import type { Call, Outcome, RunAnswer } from "./protocol";
import { Ended, Realm } from "./realm";
import { nameConflict, wrap, wrapAsFactory } from "./wrapper";

export interface Listener {
  /** The scripts begin to run. */
  onStart(): void;
  onAnswers(answers: readonly RunAnswer[]): void;
}

/** A part ends after this long, so that the host sees it move. */
const partMilliseconds = 50;
const exhausted = '{"kind":"exhausted"';

export class Program {
  private readonly scope: ScriptScope;
  /** Syntax that the server's engine does not know fails there, though this one would take it. */
  private readonly refusal: Outcome | undefined;
  private readonly realms = new Map<Call, Realm>();
  private readonly broken = new Map<Call, Outcome>();
  /** Each call needs a realm of its own. */
  private isGlobal: boolean;
  /** A realm ended before it was certain what its calls had changed, so each call is certain by itself. */
  private isCareful = false;

  constructor(
    private readonly module: QuickJSWASMModule,
    source: string,
    private readonly profile: ServerProfile,
  ) {
    this.refusal = newSyntaxOutcome(source, findNewSyntax(source, profile));
    this.scope = readScriptScope(source);
    this.isGlobal = this.scope.isGlobal;
  }

  /** Runs the inputs in order and hands over the answers as they become certain. */
  run(call: Call, inputs: readonly string[], listener: Listener): void {
    if (this.refusal) {
      const outcome = JSON.stringify(this.refusal);
      listener.onStart();
      listener.onAnswers(inputs.map(() => ({ outcome, milliseconds: 0 })));
      return;
    }
    if (!this.isGlobal) this.warmUp(call);
    listener.onStart();
    for (let from = 0; from < inputs.length;) {
      from += this.isGlobal
        ? this.runAlone(call, inputs[from] ?? "", listener)
        : this.runPart(call, inputs, from, listener);
    }
  }

  dispose(): void {
    for (const realm of this.realms.values()) realm.dispose();
    this.realms.clear();
  }

  /** Answers some inputs from `from` on and says how many; none when one of them was not in the world of the server. */
  private runPart(call: Call, inputs: readonly string[], from: number, listener: Listener): number {
    const answers: RunAnswer[] = [];
    const end = performance.now() + partMilliseconds;
    // Alone in its part it found a clean world, so its answer stands whatever it does to the world.
    const isAlone = this.isCareful || inputs.length - from === 1;
    for (let index = from; index < inputs.length; index++) {
      const answer = this.runShared(call, inputs[index] ?? "");
      if (answer === undefined) break;
      answers.push(answer);
      if (isAlone) {
        listener.onAnswers([answer]);
        break;
      }
      if (this.isGlobal || this.isSpent(call) || performance.now() > end) break;
    }
    const trace = this.restore(call);
    if (isAlone) return answers.length;
    // What a call changed is put back after each one from now on, so another try ends otherwise.
    if (trace !== "clean" && answers.length !== 1) return 0;
    listener.onAnswers(answers);
    return answers.length;
  }

  private isSpent(call: Call): boolean {
    return this.realms.get(call)?.isSpent === true;
  }

  /** Puts the built-ins back; where that fails, each call gets a realm of its own from now on. */
  private restore(call: Call): "clean" | "restored" | "lost" {
    const realm = this.realms.get(call);
    if (realm === undefined) return "clean";
    const { isSpent } = realm;
    const trace = this.isGlobal ? "lost" : attempt(() => realm.restore(), "lost" as const);
    if (trace === "lost" && !isSpent) this.isGlobal = true;
    if (trace !== "clean" && isSpent) this.isCareful = true;
    if (trace === "lost" || isSpent) this.drop(call);
    return trace;
  }

  /** Compiles before the first call, outside the time that calls are given. */
  private warmUp(call: Call): void {
    attempt(() => this.realmFor(call), undefined);
    if (this.isSpent(call)) this.drop(call);
  }

  /** Undefined where the script looked for its own variables on the global object. */
  private runShared(call: Call, input: string): RunAnswer | undefined {
    const started = performance.now();
    const outcome = this.shared(call, input);
    const milliseconds = performance.now() - started;
    const realm = this.realms.get(call);
    if (realm === undefined) return { outcome, milliseconds };
    const trace = attempt(() => realm.sweep(), "clean" as const);
    if (trace === "seen" || trace === "lost") this.isGlobal = true;
    return trace === "seen" ? undefined : { outcome, milliseconds };
  }

  private shared(call: Call, input: string): string {
    const broken = this.broken.get(call);
    if (broken !== undefined) return JSON.stringify(broken);
    try {
      const realm = this.realmFor(call);
      realm.startClock();
      const outcome = realm.run(call, input);
      if (outcome.startsWith(exhausted)) realm.isSpent = true;
      return outcome;
    } catch (error) {
      return JSON.stringify(endOf(error));
    }
  }

  private realmFor(call: Call): Realm {
    const known = this.realms.get(call);
    if (known !== undefined) return known;
    const realm = new Realm(this.module, this.options(this.scope.guarded));
    this.realms.set(call, realm);
    realm.startClock();
    try {
      // The function's body would take what a script may not have, such as a `return`.
      realm.check(this.script(call));
      realm.keepFactory(wrapAsFactory(this.scope.source, call, this.profile));
    } catch (error) {
      const outcome = endOf(error);
      if (outcome.kind === "syntax") this.broken.set(call, outcome);
      throw error;
    } finally {
      realm.stopClock();
    }
    return realm;
  }

  private options(guarded: readonly string[]): Options {
    const { isThorough, hasElision, hasNamedGroups, hasBigInts } = this.scope;
    return { profile: this.profile, guarded, isThorough, hasElision, hasNamedGroups, hasBigInts };
  }

  private script(call: Call): string {
    const { source, conflict } = this.scope;
    if (conflict !== undefined) throw new Ended(nameConflict(conflict));
    return wrap(source, call, this.profile);
  }

  private drop(call: Call): void {
    this.realms.get(call)?.dispose();
    this.realms.delete(call);
  }

  /** A call in a realm of its own, with the script in the global scope. */
  private runAlone(call: Call, input: string, listener: Listener): number {
    const realm = new Realm(this.module, this.options([]));
    const started = performance.now();
    let outcome: string;
    try {
      realm.startClock();
      const script = this.script(call);
      realm.check(script);
      realm.load(script);
      outcome = realm.run(call, input);
    } catch (error) {
      outcome = JSON.stringify(endOf(error));
    }
    listener.onAnswers([{ outcome, milliseconds: performance.now() - started }]);
    realm.dispose();
    return 1;
  }
}

/** How a realm ended; everything else is a fault of the sandbox. */
function endOf(error: unknown): Outcome {
  if (error instanceof Ended) return error.outcome;
  throw error;
}

function attempt<Result, Other>(work: () => Result, otherwise: Other): Result | Other {
  try {
    return work();
  } catch (error) {
    endOf(error);
    return otherwise;
  }
}
