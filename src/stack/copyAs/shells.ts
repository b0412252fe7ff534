/** The shells that commands are written for, and which one a user probably has. */

export const shells = ["bash", "powershell", "cmd"] as const;
export type Shell = (typeof shells)[number];

export const shellNames: Readonly<Record<Shell, string>> = {
  bash: "bash",
  powershell: "PowerShell",
  cmd: "cmd",
};

/**
 * The shell by the name VS Code has for a terminal's (`pwsh`, `gitbash`) or by the path of its program; anything unknown
 * reads what bash reads, except on Windows.
 */
export function shellFrom(name: string | undefined, isWindows: boolean): Shell {
  const program = (name ?? "").split(/[\\/]/).at(-1)?.toLowerCase() ?? "";
  if (/^(?:pwsh|powershell)(?:-preview)?(?:\.exe)?$/.test(program)) return "powershell";
  if (/^cmd(?:\.exe)?$/.test(program)) return "cmd";
  if (/^(?:git-?bash|bash|zsh|sh|dash|ksh|wsl)(?:\.exe)?$/.test(program)) return "bash";
  return isWindows ? "powershell" : "bash";
}
