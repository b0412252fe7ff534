/** A report for bug reports: an allow-list of facts, redacted, shown before it is copied. Source: reliability A48. */
import * as vscode from "vscode";
import { redact } from "../../stack/redact";
import { connectionText } from "../../views/connectionText";
import { notify } from "../../views/notices";
import type { Command, CommandServices } from "../services";
import { counted } from "../../util/counted";

export const copyDiagnostics: Command = (services) => async () => {
  const document = await vscode.workspace.openTextDocument({
    language: "markdown",
    content: redact(diagnosticsReport(services, Date.now())),
  });
  await vscode.window.showTextDocument(document);
  const chosen = await notify(
    "information",
    "Read the report before you share it. It holds application ids, hosts and counts, but no keys, payloads or device ids.",
    "Copy",
  );
  // What the user may have changed in it counts.
  if (chosen === "Copy") await vscode.env.clipboard.writeText(redact(document.getText()));
};

/** The report as Markdown. */
export function diagnosticsReport(
  { model, diagnostics }: Pick<CommandServices, "model" | "diagnostics">,
  now: number,
): string {
  const extension = vscode.extensions.getExtension("tts-explorer.thethingsstack");
  const version = (extension?.packageJSON as { version?: string } | undefined)?.version ?? "?";
  const lines = [
    "# The Things Stack Explorer: diagnostics",
    "",
    `- Extension ${version}, VS Code ${vscode.version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `- Runs ${vscode.env.remoteName === undefined ? "on this machine" : `with remote ${vscode.env.remoteName}`}`,
    `- Events kept ${model.events.size}, pushed out ${model.events.evicted}`,
    "",
  ];
  for (const application of model.applications) {
    const { settings, connection, isDemo } = application;
    lines.push(
      `## ${settings.application} on ${settings.host}:${settings.port}`,
      "",
      `- ${isDemo ? "demo network, " : ""}${settings.security}, ${settings.caFile === undefined ? "no CA file" : "CA file"}`,
      `- ${connectionText(application, now)}${"failure" in connection ? ` (${connection.failure.code})` : ""}`,
      `- ${counted(application.receivedCount, "message")}, ${application.undecodableCount} not decodable, ${application.shedCount} shed, ${application.evictedCount} no longer kept, ${counted(application.endDevices.size, "end device")}`,
      ...(application.check ?? []).map(({ title, state }) => `- check: ${title}: ${state}`),
      "",
    );
  }
  lines.push("## Connections lately", "", ...diagnostics.latest().map((line) => `- ${line}`), "");
  return lines.join("\n");
}
