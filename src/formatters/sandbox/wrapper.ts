/**
 * What the server puts around a formatter. The script starts on the second line, two characters in (formatters §1.2),
 * so that places in errors are the server's own.
 */
import type { ServerProfile } from "../formatter";
import type { Call, Outcome } from "./protocol";

export const scriptLine = 2;
export const scriptColumn = 3;

/** The script with its `main`, as the server runs it. */
export function wrap(source: string, call: Call, profile: ServerProfile): string {
  return `\n\t\t${source}\n\n${entry(call, profile)}\n`;
}

/**
 * The same as a function that gives the script's `main`, so that each call has variables of its own. An arrow function
 * has the `this` of the global scope, and no more `arguments` than it.
 */
export function wrapAsFactory(source: string, call: Call, profile: ServerProfile): string {
  return `(() => {\n\t\t${source}\n\n${entry(call, profile)}\nreturn main;\n})`;
}

/** What the server says to a script that declares the name of the wrapper's function, or one that cannot be declared. */
export function nameConflict(name: string): Outcome {
  const text = `Identifier '${name}' has already been declared`;
  return { kind: "syntax", text, line: scriptLine, column: scriptColumn };
}

function entry(call: Call, profile: ServerProfile): string {
  switch (call) {
    case "decodeUplink":
      return uplinkEntry(profile === "3.32" ? "" : ", recvTime: new Date(input.recvTime)");
    case "encodeDownlink":
      return encodeEntry;
    case "decodeDownlink":
      return `function main(input) {
  const bytes = input.bytes.slice();
  const { fPort } = input;
  return decodeDownlink({ bytes, fPort });
}`;
  }
}

const uplinkEntry = (time: string) => `function main(input) {
  const bytes = input.bytes.slice();
  const { fPort } = input;
  if (typeof decodeUplink === "function") {
    const decoded = decodeUplink({ bytes, fPort${time} });
    let normalized;
    const { data, errors } = decoded;
    if ((!errors || !errors.length) && data && typeof normalizeUplink === "function") {
      normalized = normalizeUplink({ data });
    }
    return { decoded, normalized };
  }
  return { decoded: { data: Decoder(bytes, fPort) } };
}`;

const encodeEntry = `function main(input) {
  const { data, fPort } = input;
  if (typeof encodeDownlink === "function") return encodeDownlink({ data, fPort });
  return { bytes: Encoder(data, fPort), fPort };
}`;
