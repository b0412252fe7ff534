/** One QuickJS heap with the server's built-ins in it. Holds at most 32 MB; a call in it ends after 100 ms. */
import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSWASMModule,
} from "quickjs-emscripten-core";
import prelude from "sandbox:prelude";
import type { Options } from "./prelude/prelude";
import type { Trace } from "./prelude/worldState";
import type { Call, Outcome } from "./protocol";

const memoryLimitBytes = 32 * 1024 * 1024;
const stackBytes = 4 * 1024 * 1024;
/** The server's limit for a call, the parsing of the script included. */
const limitMilliseconds = 100;

/** However little of the processor it got, a call ends this long after its limit. */
const patienceMilliseconds = 400;
/** Characters of JSON that one call may answer with. */
const maxOutcome = 8_000_000;

/** Jobs between two looks at the clock, which small ones do not look at themselves. */
const jobsAtOnce = 100;

const maxLastJobs = 10_000;

/** Thrown where the realm cannot go on: its time, stack or memory is used up. */
export class Ended extends Error {
  constructor(readonly outcome: Outcome) {
    super(outcome.kind);
  }
}

export class Realm {
  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  private readonly tools: ReadonlyMap<string, QuickJSHandle>;
  private factory: QuickJSHandle | undefined;
  /** It ended, so it is good for nothing but looking at what is left. */
  isSpent = false;
  private deadline = Infinity;
  private cpuAtStart = 0;

  constructor(module: QuickJSWASMModule, options: Options) {
    this.runtime = module.newRuntime();
    this.runtime.setMemoryLimit(memoryLimitBytes);
    this.runtime.setMaxStackSize(stackBytes);
    this.runtime.setInterruptHandler(() => this.isOver());
    this.context = this.runtime.newContext();
    this.tools = this.prepare(options);
  }

  private prepare(options: Options): ReadonlyMap<string, QuickJSHandle> {
    const { context } = this;
    const prepare = context.unwrapResult(context.evalCode(prelude, "prelude", { type: "global" }));
    const text = context.newString(JSON.stringify(options));
    const tools = context.unwrapResult(context.callFunction(prepare, context.undefined, text));
    text.dispose();
    prepare.dispose();
    const names = ["start", "finish", "sweep", "restore"];
    const handles = new Map(names.map((name) => [name, context.getProp(tools, name)]));
    tools.dispose();
    return handles;
  }

  /** Gives a call its 100 ms from now on. */
  startClock(): void {
    this.deadline = performance.now() + limitMilliseconds;
    this.cpuAtStart = cpuMilliseconds();
  }

  /** On a busy machine a call that waited for its turn is not one that ran too long. */
  private isOver(): boolean {
    const late = performance.now() - this.deadline;
    if (late <= 0) return false;
    return late > patienceMilliseconds || cpuMilliseconds() - this.cpuAtStart > limitMilliseconds;
  }

  stopClock(): void {
    this.deadline = Infinity;
  }

  /** Checks a script without running it. */
  check(script: string): void {
    this.evaluate(script, true).dispose();
  }

  /** Runs a script in the global scope, like the server does. */
  load(script: string): void {
    this.evaluate(script, false).dispose();
  }

  /** Keeps the function that a script gives, for {@link run}. */
  keepFactory(script: string): void {
    this.factory = this.evaluate(script, false);
  }

  private evaluate(script: string, compileOnly: boolean): QuickJSHandle {
    const result = this.context.evalCode(script, fileName, { type: "global", compileOnly });
    if (result.error === undefined) return result.value;
    throw new Ended(this.describe(result.error, compileOnly));
  }

  /** Calls the kept factory's `main`, or else that of the loaded script. Returns JSON of an outcome. */
  run(call: Call, input: string): string {
    const { context } = this;
    const callText = context.newString(call);
    const inputText = context.newString(input);
    try {
      this.runJobs();
      const factory = this.factory ?? context.undefined;
      const failure = this.callTool("start", factory, callText, inputText);
      this.runJobs();
      if (failure !== "") return failure;
      // The server reads the result in its own time.
      this.startClock();
      return this.callTool("finish", callText);
    } finally {
      this.stopClock();
      callText.dispose();
      inputText.dispose();
    }
  }

  /** What promises left to do runs before the server reads a result. */
  runJobs(): void {
    if (!this.runtime.hasPendingJob()) return;
    while (this.runtime.hasPendingJob()) {
      this.endInTime();
      const result = this.runtime.executePendingJobs(jobsAtOnce);
      if (result.error === undefined) continue;
      const outcome = this.describe(result.error, false);
      if (outcome.kind === "timeout" || outcome.kind === "exhausted") throw new Ended(outcome);
    }
    this.endInTime();
  }

  private endInTime(): void {
    if (!this.isOver()) return;
    this.isSpent = true;
    throw new Ended({ kind: "timeout" });
  }

  /** Without memory, jobs cannot beget others; the engine must not be closed while there are some. */
  private endJobs(): void {
    this.deadline = -Infinity;
    this.runtime.setMemoryLimit(1);
    for (let count = 0; this.runtime.hasPendingJob(); count++) {
      if (count > maxLastJobs) throw new Error("the sandbox does not come to rest");
      this.runtime.executePendingJobs(1).dispose();
    }
    this.runtime.setMemoryLimit(memoryLimitBytes);
  }

  /** Deletes the globals that the last call made; "seen" where it looked for its own variables among them. */
  sweep(): Trace | "seen" {
    return this.callTool("sweep") as Trace | "seen";
  }

  /** Puts the built-ins back as they were. */
  restore(): Trace {
    return this.callTool("restore") as Trace;
  }

  private callTool(name: string, ...args: QuickJSHandle[]): string {
    const { context } = this;
    const tool = this.tools.get(name);
    if (tool === undefined) throw new Error(`no ${name}`);
    const result = context.callFunction(tool, context.undefined, ...args);
    if (result.error !== undefined) throw new Ended(this.describe(result.error, false));
    const { value } = result;
    const text = context.getString(value);
    value.dispose();
    if (text.length > maxOutcome)
      throw new Ended({ kind: "exhausted", reason: "result too large" });
    return text;
  }

  /** An error that reached the engine's border: a syntax error, an interrupt or an engine at its end. */
  private describe(error: QuickJSHandle, isCheck: boolean): Outcome {
    const { context } = this;
    this.isSpent = true;
    this.stopClock();
    const read = (name: string) => {
      const handle = context.getProp(error, name);
      const text = context.typeof(handle) === "string" ? context.getString(handle) : "";
      handle.dispose();
      return text;
    };
    const isObject = context.typeof(error) === "object";
    const [name, text, stack] = isObject
      ? [read("name"), read("message"), read("stack")]
      : [
          "",
          context.typeof(error) === "string"
            ? context.getString(error)
            : String(context.dump(error)),
          "",
        ];
    error.dispose();
    if (name === "InternalError" || text === "stack overflow") {
      return text === "interrupted" ? { kind: "timeout" } : { kind: "exhausted", reason: text };
    }
    if (isCheck) {
      const [, line = "0", column = "0"] = /:(\d+):(\d+)/.exec(stack) ?? [];
      return { kind: "syntax", text, line: Number(line), column: Number(column) };
    }
    return {
      kind: "threw",
      during: "script",
      text: name === "" ? text : `${name}: ${text}`,
      stack,
    };
  }

  /** Throws when the module cannot be used any more. */
  dispose(): void {
    this.endJobs();
    this.factory?.dispose();
    for (const handle of this.tools.values()) handle.dispose();
    this.context.dispose();
    this.runtime.dispose();
  }
}

/** As the server's engine calls it in stacks. */
const fileName = "<eval>";

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
