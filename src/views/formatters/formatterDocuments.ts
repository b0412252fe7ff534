/** Read-only JSON documents of what formatters made of a frame, and the diffs between two of them. */
import * as vscode from "vscode";
import { alignedTo } from "../../formatters/workbench/differences";
import type { FormatterError, JsonValue } from "../../formatters/formatter";
import { frameName } from "../../formatters/workbench/frame";
import type { Outcome } from "../../formatters/workbench/outcome";
import type { Workbench } from "../../formatters/workbench/workbench";
import type { Model } from "../../model/model";
import { redactKeys } from "../../stack/redact";
import { visible } from "../../stack/visible";
import { pretty } from "../log/messageJson";
import { sayBriefly } from "../notices";

const scheme = "thethingsstack-formatter";

/** `now` and `before`: all that the file gives for a frame. `local` and `server`: the decoded payload alone. */
type Side = "now" | "before" | "local" | "server";
const sides: readonly Side[] = ["now", "before", "local", "server"];

export class FormatterDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changeEmitter = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changeEmitter.event;
  private readonly disposables: { dispose(): void }[];

  constructor(
    private readonly model: Model,
    private readonly workbench: Workbench,
  ) {
    this.disposables = [
      this.changeEmitter,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      workbench.onDidChange(() => this.refresh()),
    ];
  }

  provideTextDocumentContent({ query, path }: vscode.Uri): string {
    const id = Number(query);
    const side = sides.find((each) => path.endsWith(` ${each}.json`));
    const content = side && this.content(id, side);
    if (content === undefined)
      return pretty({ note: "This result is no longer kept: newer ones took its place." });
    return redactKeys(pretty(content));
  }

  /** The server's decoded payload on the left, that of the workspace's formatter on the right. */
  async compareWithServer(eventId: number): Promise<void> {
    const outcome = this.workbench.outcome(eventId);
    if (!outcome) sayBriefly("This frame was not decoded here, or is no longer kept.");
    else if (outcome.agrees === undefined) await this.open(outcome);
    else await this.diff(outcome, "server", "local", `server ↔ ${visible(outcome.formatter, 80)}`);
  }

  /** What the file gave before its last change on the left, what it gives now on the right. */
  async compareWithBefore(eventId: number): Promise<void> {
    const outcome = this.workbench.outcome(eventId);
    if (!outcome || !this.workbench.outcomeBefore(eventId))
      sayBriefly("What the file decoded before is not known for this frame.");
    else
      await this.diff(outcome, "before", "now", `${visible(outcome.formatter, 80)}: before ↔ now`);
  }

  /** What the formatter gives for a frame, by itself. */
  async open(outcome: Outcome): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uriOf(outcome, "now"));
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private async diff(outcome: Outcome, left: Side, right: Side, what: string): Promise<void> {
    const title = `${frameName(outcome.frame)}: ${what}`;
    const [from, to] = [uriOf(outcome, left), uriOf(outcome, right)];
    await vscode.commands.executeCommand("vscode.diff", from, to, title, { preview: true });
  }

  private content(id: number, side: Side): unknown {
    const outcome =
      side === "before" ? this.workbench.outcomeBefore(id) : this.workbench.outcome(id);
    switch (side) {
      case "server":
        return this.serverPayload(id);
      case "local":
        return outcome && this.localPayload(id, outcome);
      case "now":
      case "before":
        return outcome && whole(outcome);
    }
  }

  private localPayload(id: number, { answer }: Outcome): unknown {
    if (answer.error) return errorChain(answer.error);
    return alignedTo(this.serverPayload(id), answer.result.decoded_payload);
  }

  private serverPayload(id: number): JsonValue | undefined {
    const content = this.model.events.get(id)?.content;
    return content?.kind === "uplink" ? content.decodedPayload : undefined;
  }

  private refresh(): void {
    for (const { uri } of vscode.workspace.textDocuments)
      if (uri.scheme === scheme) this.changeEmitter.fire(uri);
  }
}

function uriOf({ frame }: Outcome, side: Side): vscode.Uri {
  const path = `/${frame.deviceId} ${frame.fCnt ?? ""} ${side}.json`;
  return vscode.Uri.from({ scheme, path, query: String(frame.eventId) });
}

function whole({ answer }: Outcome): unknown {
  const remarks = answer.remarks ? { remarks: answer.remarks } : {};
  return answer.error
    ? { ...errorChain(answer.error), ...remarks }
    : { ...answer.result, ...remarks };
}

/** As the server tells errors, without what would differ from run to run. */
function errorChain(error: FormatterError, depth = 0): object {
  const { name, message, cause, place } = error;
  const inner = cause && depth < 5 ? { cause: errorChain(cause, depth + 1) } : {};
  return { error: message, name, ...(place ? { place } : {}), ...inner };
}
