/** The API key of all tests here, and the search for it after every test in everything that people may see (X01). */
import assert from "node:assert/strict";

/** Has the form of a real one: `NNSXS.` + 39 + 52 characters (tts-mqtt §1.5). */
export const canaryKey = `NNSXS.${"CANARYKEYID234567".padEnd(39, "A")}.${"S3CRETCANARY7".padEnd(52, "Q2W3E4R5T6")}`;

const secret = canaryKey.split(".").at(-1) ?? "";

/** How the key could look in text: plain, base64 at each of three offsets, hex, in a URL, as a list of bytes. */
const forms: ReadonlyMap<string, string> = new Map([
  ["plain", secret.slice(0, 16)],
  ["plain end", secret.slice(-16)],
  ...[0, 1, 2].map((offset): [string, string] => {
    const text = Buffer.from(" ".repeat(offset) + canaryKey).toString("base64");
    return [`base64 +${offset}`, text.slice(8, -8)];
  }),
  ["hex", Buffer.from(secret).toString("hex").slice(0, 32)],
  ["spaced hex", [...Buffer.from(secret).subarray(0, 16)].map(hex).join(" ")],
  ["URL", encodeURIComponent(canaryKey).slice(-40)],
  ["bytes", [...Buffer.from(secret).subarray(0, 16)].join(", ")],
  ["JSON bytes", [...Buffer.from(secret).subarray(0, 16)].join(",")],
]);

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** The names of the forms in which the key stands in the text. */
export function findCanary(text: string): readonly string[] {
  return [...forms].filter(([, form]) => text.includes(form)).map(([name]) => name);
}

const sinks = new Map<string, () => string>();

/** Text that is searched after the present test and then forgotten. */
export function watchSink(name: string, read: () => string): void {
  sinks.set(name, read);
}

let printed = "";
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
    printed = (printed + (typeof chunk === "string" ? chunk : Buffer.from(chunk).toString())).slice(
      -100_000,
    );
    return write(chunk, ...rest);
  };
}

/** Root hook: this file adds it to every test file that imports it. */
export function searchSinks(): void {
  const found = [...sinks].flatMap(([name, read]) =>
    findCanary(read()).map((form) => `${name}: ${form}`),
  );
  found.push(...findCanary(printed).map((form) => `standard output: ${form}`));
  sinks.clear();
  printed = "";
  assert.deepEqual(found, [], "the API key was found");
}

afterEach("no sink holds the API key (X01)", searchSinks);
