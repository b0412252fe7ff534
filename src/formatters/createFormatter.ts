/** Runs payload formatters like the server does, and answers in its terms. */
import { systemClock } from "../util/clock";
import { cayenneFormatter } from "./server/cayenneLpp";
import type {
  DecodeInput,
  EncodeInput,
  Formatter,
  FormatterAnswer,
  FormatterOptions,
  ServerProfile,
} from "./formatter";
import {
  parseOutcome,
  readDownlink,
  readEncoded,
  readUplink,
  type Read,
} from "./server/readOutcome";
import type { Call, Outcome } from "./sandbox/protocol";
import { Sandbox } from "./sandbox/sandbox";
import { SandboxThread } from "./sandbox/sandboxThread";
import { workerFile } from "./sandbox/workerFile";
import { sandboxError } from "./server/serverErrors";

/** One thread for all formatters; it ends some time after the last of them. */
const sandbox = new Sandbox(
  systemClock,
  (events) => new SandboxThread(workerFile("formatterWorker.js"), events),
);
/** Characters of JSON that are read before others get their turn. */
const turnLength = 512 * 1024;
let lastFormatter = 0;
let formatters = 0;

/** A formatter of this source. Nothing runs before its first call. */
export function createFormatter(source: string, options: FormatterOptions = {}): Formatter {
  const { kind = "javascript", profile = "2025" } = options;
  return kind === "cayennelpp" ? cayenneFormatter() : new ScriptFormatter(source, profile);
}

class ScriptFormatter implements Formatter {
  private readonly id = ++lastFormatter;
  private isDisposed = false;

  constructor(
    private readonly source: string,
    private readonly profile: ServerProfile,
  ) {
    formatters += 1;
  }

  async decodeUplink(input: DecodeInput) {
    const [answer] = await this.decodeUplinks([input]);
    return answer ?? unavailable();
  }

  async decodeUplinks(inputs: readonly DecodeInput[], when: "now" | "later" = "now") {
    const texts = inputs.map((input) => JSON.stringify(wireInput(input)));
    const read = (outcome: Outcome) => readUplink(outcome, this.source, this.profile);
    return this.run("decodeUplink", texts, read, when === "later");
  }

  async encodeDownlink({ data, fPort }: EncodeInput) {
    const text = JSON.stringify({ data, fPort: fPort & 255 });
    const [answer] = await this.run("encodeDownlink", [text], (outcome) =>
      readEncoded(outcome, this.source, fPort),
    );
    return answer ?? unavailable();
  }

  async decodeDownlink(input: DecodeInput) {
    const { bytes, fPort } = wireInput(input);
    const text = JSON.stringify({ bytes, fPort });
    const [answer] = await this.run("decodeDownlink", [text], (outcome) =>
      readDownlink(outcome, this.source),
    );
    return answer ?? unavailable();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    formatters -= 1;
    sandbox.forget(this.id);
    if (formatters === 0) sandbox.rest();
  }

  private async run<Result>(
    call: Call,
    inputs: readonly string[],
    read: (outcome: Outcome) => Read<Result>,
    isLater = false,
  ): Promise<FormatterAnswer<Result>[]> {
    const answers = await this.outcomes(call, inputs, isLater);
    if (answers === undefined) return inputs.map(() => unavailable());
    const results: FormatterAnswer<Result>[] = [];
    let length = 0;
    for (const { outcome, milliseconds } of answers) {
      length += outcome.length;
      if (length > turnLength) {
        length = 0;
        await new Promise<void>((resolve) => void systemClock.after(0, resolve));
      }
      results.push({ ...read(parseOutcome(outcome)), milliseconds });
    }
    return results;
  }

  private outcomes(call: Call, inputs: readonly string[], isLater: boolean) {
    if (this.isDisposed) return undefined;
    const { source, profile } = this;
    const formatter = this.id;
    return sandbox.run({ kind: "run", formatter, source, profile, call, inputs, isLater });
  }
}

function wireInput({ bytes, fPort, recvTime = 0 }: DecodeInput) {
  return {
    bytes: Array.from(bytes, (each) => each & 255),
    fPort: fPort & 255,
    recvTime: +recvTime,
  };
}

function unavailable<Result>(): FormatterAnswer<Result> {
  return { error: sandboxError(), milliseconds: 0 };
}
