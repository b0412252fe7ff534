/** Syntax of modules and of pages, which the server's script mode does not take. Source: formatters research §1.2. */
import { findingAt, type LintFinding, type Script } from "./lintScript";
import type { Token } from "../script/tokens";

export function lintModules({ source, tokens }: Script): LintFinding[] {
  const findings: LintFinding[] = [];
  const add = (token: Pick<Token, "start" | "end">, message: string) =>
    findings.push(findingAt("module-syntax", "error", token, message));
  if (source.startsWith("#!")) add({ start: 0, end: 2 }, "The server does not take a #! line.");
  tokens.forEach((token, index) => {
    const before = tokens[index - 1]?.text ?? "";
    const after = tokens[index + 1];
    if (token.text === "<" && source.startsWith("<!--", token.start)) {
      add(
        { start: token.start, end: token.start + 4 },
        "The server does not take <!-- as a comment. Use //.",
      );
    }
    if (token.kind !== "name" || before === "." || before === "?.") return;
    if (token.text === "import" && isImport(after)) {
      add(token, "The server has no modules: import is a syntax error there.");
    }
    if (token.text === "export" && isExport(after)) {
      add(token, "The server has no modules: export is a syntax error there. Leave the word away.");
    }
  });
  return findings;
}

function isImport(after: Token | undefined): boolean {
  return after?.kind === "string" || after?.kind === "name" || /^[{*(.]$/.test(after?.text ?? "");
}

function isExport(after: Token | undefined): boolean {
  return after?.kind === "name" || after?.text === "{" || after?.text === "*";
}
