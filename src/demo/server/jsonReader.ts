/** Reads the first JSON value of a text, keeping what JSON.parse loses: duplicate keys, number texts. RFC 8259. */

export type Json =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly Json[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Json])[] };

/** Why a body is dropped (tts-mqtt §6.1). Never leaves the decoder. */
export class BodyError extends Error {}

const maximumDepth = 1000;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![-+._0-9A-Za-z])/y;
const literalPattern = /(?:null|true|false)(?![-+._0-9A-Za-z])/y;
const runPattern = /[^"\\\x00-\x1f]*/y; // eslint-disable-line no-control-regex -- JSON forbids them
const spacePattern = /[ \t\r\n]*/y;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** The first value; whatever follows it is ignored (tts-mqtt §6.1). Throws a BodyError. */
export function readJson(bytes: Uint8Array): Json {
  return new JsonReader(Buffer.from(bytes).toString("latin1")).value(0);
}

/** The number of the text, or undefined if it is none or goes on differently (`15x`). */
export function readNumber(text: string): number | undefined {
  numberPattern.lastIndex = 0;
  const match = numberPattern.exec(text);
  return match === null ? undefined : Number(match[0]);
}

/** Works on one character per byte, so that garbage behind the value needs no encoding; runs are UTF-8. */
class JsonReader {
  private at = 0;
  private readonly utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(private readonly text: string) {}

  value(depth: number): Json {
    if (depth > maximumDepth) throw new BodyError("nested too deep");
    this.take(spacePattern);
    switch (this.text.charAt(this.at)) {
      case "{":
        return { kind: "object", members: this.list("}", () => this.member(depth)) };
      case "[":
        return { kind: "array", items: this.list("]", () => this.value(depth + 1)) };
      case '"':
        return { kind: "string", value: this.string() };
      default:
        return this.scalar();
    }
  }

  private scalar(): Json {
    const literal = this.take(literalPattern);
    if (literal === "null") return { kind: "null" };
    if (literal !== undefined) return { kind: "boolean", value: literal === "true" };
    const number = this.take(numberPattern);
    if (number !== undefined) return { kind: "number", text: number };
    throw new BodyError(`no JSON value at byte ${this.at}`);
  }

  private member(depth: number): readonly [string, Json] {
    if (this.text.charAt(this.at) !== '"') throw new BodyError(`no key at byte ${this.at}`);
    const key = this.string();
    this.expect(":");
    return [key, this.value(depth + 1)];
  }

  private list<T>(end: string, read: () => T): readonly T[] {
    const items: T[] = [];
    this.at++;
    this.take(spacePattern);
    if (this.text.charAt(this.at) === end) {
      this.at++;
      return items;
    }
    for (;;) {
      this.take(spacePattern);
      items.push(read());
      this.take(spacePattern);
      const next = this.text.charAt(this.at++);
      if (next === end) return items;
      if (next !== ",") throw new BodyError(`expected , or ${end} at byte ${this.at - 1}`);
    }
  }

  private string(): string {
    this.at++;
    let result = "";
    for (;;) {
      result += this.decode(this.take(runPattern) ?? "");
      const next = this.text.charAt(this.at++);
      if (next === '"') return result;
      if (next !== "\\") throw new BodyError(`bad character in string at byte ${this.at - 1}`);
      result += this.escape();
    }
  }

  private escape(): string {
    const letter = this.text.charAt(this.at++);
    if (letter !== "u") {
      const character = escapes[letter];
      if (character === undefined) throw new BodyError(`bad escape at byte ${this.at - 1}`);
      return character;
    }
    const match = /^(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?!d[89a-f])[0-9a-f]{4})/i.exec(
      this.text.slice(this.at, this.at + 10),
    );
    if (match === null) throw new BodyError(`bad \\u escape at byte ${this.at}`);
    this.at += match[0].length;
    const units = match[0].split(/\\u/i).map((hex) => parseInt(hex, 16));
    return String.fromCharCode(...units);
  }

  private decode(run: string): string {
    try {
      return this.utf8.decode(Buffer.from(run, "latin1"));
    } catch {
      throw new BodyError(`not UTF-8 before byte ${this.at}`);
    }
  }

  private expect(character: string): void {
    this.take(spacePattern);
    if (this.text.charAt(this.at++) !== character) throw new BodyError(`no ${character} here`);
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text)?.[0];
    this.at += match?.length ?? 0;
    return match;
  }
}
