/** A formatter without a sandbox, for what a real one cannot be made to do on time: its text says what it does. */
import type {
  DecodedDownlink,
  DecodedUplink,
  DecodeInput,
  EncodedDownlink,
  Formatter,
  FormatterAnswer,
} from "../../src/formatters/formatter";

/**
 * `divide 10`: the first byte divided; `odd`: it takes long and gives a BigInt; `throw 3`: an error in that line; `endless`: time runs out, in `slow 1` only for
 * the first of a batch; `wait`: {@link StandIns.release} ends the batch.
 */
export class StandIns {
  readonly made: string[] = [];
  disposed = 0;
  /** Frames given to `decodeUplinks`, all in all. */
  decoded = 0;
  private waiting: (() => void)[] = [];

  readonly create = (source: string): Promise<Formatter> => {
    this.made.push(source);
    if (source === "no sandbox") return Promise.reject(new Error("no sandbox"));
    const formatter: Formatter = {
      decodeUplink: (input) => {
        this.decoded++;
        return Promise.resolve(decode(source.replace("slow", "divide"), input));
      },
      decodeUplinks: async (inputs) => {
        if (source === "wait") await new Promise<void>((resolve) => this.waiting.push(resolve));
        this.decoded += inputs.length;
        // Only the first of a batch is late.
        return inputs.map((input, index) =>
          decode(source.replace("slow", index === 0 ? "endless" : "divide"), input),
        );
      },
      encodeDownlink: ({ data, fPort }) => Promise.resolve(encode(source, data.value, fPort)),
      decodeDownlink: (input) => Promise.resolve(decodeDown(source, input)),
      dispose: () => {
        this.disposed++;
      },
    };
    return Promise.resolve(formatter);
  };

  release(): void {
    for (const each of this.waiting.splice(0)) each();
  }
}

function decode(source: string, { bytes }: DecodeInput): FormatterAnswer<DecodedUplink> {
  const [verb, argument] = source.split(" ");
  if (verb === "endless") {
    const message = "script timeout";
    return { milliseconds: 100, error: { name: "script", code: "DEADLINE_EXCEEDED", message } };
  }
  if (verb === "throw") {
    const place = { line: Number(argument), column: 5 };
    return {
      milliseconds: 1,
      error: { name: "pkg/scripting/javascript:script", code: "ABORTED", message: "boom", place },
    };
  }
  if (verb === "odd") {
    const remarks = [`.at${bytes[0] ?? 0} is a BigInt. The server stores meaningless data for it.`];
    return { milliseconds: 20 + (bytes[0] ?? 0), result: { decoded_payload: {} }, remarks };
  }
  const warnings = (bytes[0] ?? 0) > 200 ? ["very warm"] : [];
  const decoded_payload =
    verb === "large"
      ? { text: "x".repeat(100_000) }
      : { temperature: (bytes[0] ?? 0) / Number(argument ?? 1) };
  return { milliseconds: 1, result: { decoded_payload, decoded_payload_warnings: warnings } };
}

function encode(source: string, value: unknown, fPort: number): FormatterAnswer<EncodedDownlink> {
  const octet = typeof value === "number" ? value : 0;
  const skewed = source === "skewed" ? octet + 1 : octet;
  return { milliseconds: 1, result: { f_port: fPort || 1, frm_payload: [skewed] } };
}

function decodeDown(source: string, { bytes }: DecodeInput): FormatterAnswer<DecodedDownlink> {
  if (source === "one way") {
    const message = "ReferenceError: decodeDownlink is not defined";
    const name = "pkg/scripting/javascript:script";
    return { milliseconds: 1, error: { name, code: "ABORTED", message } };
  }
  return { milliseconds: 1, result: { decoded_payload: { value: bytes[0] ?? 0 } } };
}
