/** Finds syntax that the sandbox's engine takes and the server's does not know. Source: formatters research §1.5. */
import type { ServerProfile } from "../formatter";
import { tokenize, type Token } from "../script/tokens";

export interface NewSyntax {
  readonly offset: number;
  readonly length: number;
  readonly what: string;
}

/** In the order of the source. */
export function findNewSyntax(source: string, profile: ServerProfile): readonly NewSyntax[] {
  const tokens = tokenize(source);
  const found = tokens.flatMap((token, index) => {
    const what = newIn(token, profile) ?? newAround(tokens, index);
    return what === undefined
      ? []
      : [{ offset: token.start, length: token.end - token.start, what }];
  });
  return found;
}

function newIn({ kind, text }: Token, profile: ServerProfile): string | undefined {
  const isOld = profile === "3.32";
  switch (kind) {
    case "punctuator":
      return profile !== "2025" && /^(?:&&|\|\||\?\?)=$/.test(text)
        ? "logical assignment"
        : undefined;
    case "number":
      if (isOld && text.endsWith("n") && !/^0x/i.test(text)) return "BigInt";
      if (isOld && /^0x.*n$/i.test(text)) return "BigInt";
      return isOld && text.includes("_") ? "numeric separator" : undefined;
    case "regex":
      return newInRegex(text, isOld);
    default:
      return undefined;
  }
}

function newInRegex(text: string, isOld: boolean): string | undefined {
  const flags = text.slice(text.lastIndexOf("/") + 1);
  if (/[dv]/.test(flags)) return `regular expression flag ${flags.includes("d") ? "d" : "v"}`;
  return isOld && flags.includes("s") ? "regular expression flag s" : undefined;
}

function newAround(tokens: readonly Token[], index: number): string | undefined {
  const [token, next, second] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (token && isComment(token, next, second)) return "HTML comment";
  if (isImport(tokens[index - 1], token, next)) return "import()";
  if (token?.text === "for" && next?.text === "await") return "for await";
  if (token?.text === "async" && next?.text === "function" && second?.text === "*") {
    return "async generator";
  }
  return undefined;
}

/** A call of `import`, which is no member's name. */
function isImport(before?: Token, token?: Token, next?: Token): boolean {
  return token?.text === "import" && next?.text === "(" && !/^\??\.$/.test(before?.text ?? "");
}

/** The server reads `<!--` as operators, and `-->` at the start of a line too. */
function isComment(first: Token, second: Token | undefined, third: Token | undefined): boolean {
  if (second?.start !== first.end) return false;
  if (first.text === "--" && second.text === ">") return first.isAfterLineEnd || first.start === 0;
  return (
    first.text === "<" && second.text === "!" && third?.text === "--" && third.start === second.end
  );
}
