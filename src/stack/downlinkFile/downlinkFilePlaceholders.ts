/** Places in a downlink file's payload that a parameter fills: `${minutes}` in text and fields, `${minutes:u16be}` in hex. */
import { toHex } from "../framePayload";

export type ParameterValue = string | number | boolean;

/** A piece of a text: as it is, or a placeholder. `at` is its index in the text. */
export type Piece =
  | { readonly kind: "literal"; readonly at: number; readonly text: string }
  | {
      readonly kind: "placeholder";
      readonly at: number;
      readonly length: number;
      readonly name: string;
      readonly encoding: string | undefined;
    };

/** `$${` stands for the two characters `${`; a `${` without its end is left as it is. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const literal = (end: number, more = "") => {
    if (end > at || more !== "")
      pieces.push({ kind: "literal", at, text: text.slice(at, end) + more });
  };
  for (const match of text.matchAll(/\$\$\{|\$\{([^{}:]*)(?::([^{}:]*))?\}/g)) {
    const [all, name, encoding] = match;
    literal(match.index, name === undefined ? "${" : "");
    if (name !== undefined) {
      pieces.push({ kind: "placeholder", at: match.index, length: all.length, name, encoding });
    }
    at = match.index + all.length;
  }
  literal(text.length);
  return pieces;
}

/** How a value becomes bytes: `u` unsigned, `i` signed, `f` floating point; bits; big or little endian. */
export const encodings: readonly string[] = [
  ...["u8", "i8", "u16be", "u16le", "i16be", "i16le", "u24be", "u24le", "i24be", "i24le"],
  ...["u32be", "u32le", "i32be", "i32le", "f32be", "f32le", "text"],
];

/** The value in hex digits, or what is wrong. True and false are 1 and 0. */
export function encodeValue(
  value: ParameterValue,
  encoding: string,
): { readonly hex: string } | { readonly problem: string } {
  if (encoding === "text") {
    return typeof value === "string" && value.isWellFormed()
      ? { hex: toHex(new TextEncoder().encode(value)) }
      : { problem: "text takes a string." };
  }
  const [, kind = "", bits = "", order] = /^([uif])(\d+)(be|le)?$/.exec(encoding) ?? [];
  if (typeof value === "string") return { problem: `${encoding} takes a number, not a string.` };
  const number = Number(value);
  const bytes = Buffer.alloc(Number(bits) / 8);
  if (kind === "f") {
    if (!Number.isFinite(Math.fround(number)))
      return { problem: `${encoding} cannot hold ${number}.` };
    bytes.writeFloatBE(number);
  } else {
    const size = 2 ** Number(bits);
    const [minimum, maximum] = kind === "u" ? [0, size - 1] : [-size / 2, size / 2 - 1];
    if (!Number.isInteger(number) || number < minimum || number > maximum) {
      return {
        problem: `${encoding} holds whole numbers from ${minimum} to ${maximum}, not ${number}.`,
      };
    }
    bytes.writeUIntBE(number < 0 ? number + size : number, 0, bytes.length);
  }
  return { hex: toHex(order === "le" ? bytes.reverse() : bytes) };
}
