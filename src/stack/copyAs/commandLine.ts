/** One invocation as a line of the chosen shell. */
import { bashLine } from "./bash";
import { cmdLine } from "./commandPrompt";
import type { Invocation } from "./invocation";
import { powerShellLine } from "./powerShell";
import type { Shell } from "./shells";

/** Characters of a line that every system takes as one argument. */
const maximumLine = 100_000;

/** Undefined when the shell has no form for it. */
export function commandLine(invocation: Invocation, shell: Shell): string | undefined {
  const line = lines[shell](invocation);
  return line !== undefined && line.length > maximumLine ? undefined : line;
}

const lines: Readonly<Record<Shell, (invocation: Invocation) => string | undefined>> = {
  bash: bashLine,
  powershell: powerShellLine,
  cmd: cmdLine,
};
