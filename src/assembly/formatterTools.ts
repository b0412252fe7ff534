/** Puts together the tools around payload formatters: checks while typing, hovers, byte maps, tests, the debugger. */
import type * as vscode from "vscode";
import type { FormatterTools } from "../commands/services";
import type { CreateFormatter } from "../formatters/workbench/bench";
import { FrameRunner } from "../formatters/workbench/frameRunner";
import type { Workbench } from "../formatters/workbench/workbench";
import type { Model } from "../model/model";
import { readFileText } from "../storage/fileText";
import type { Clock } from "../util/clock";
import type { DiagnosticsLog } from "../views/diagnosticsLog";
import { ByteMapDocuments } from "../views/formatters/byteMapDocuments";
import { DebugFormatter } from "../views/formatters/debugFormatter";
import { FormatterLint } from "../views/formatters/formatterLint";
import { registerHoverPayload } from "../views/formatters/hoverPayload";
import { TestExplorer } from "../views/formatters/testExplorer";

export interface FormatterToolServices {
  readonly context: Pick<vscode.ExtensionContext, "extensionUri" | "workspaceState">;
  readonly model: Model;
  readonly clock: Clock;
  readonly diagnostics: DiagnosticsLog;
  readonly workbench: Workbench;
  readonly createFormatter: CreateFormatter;
  /** False in Restricted Mode. */
  readonly isAllowed: () => boolean;
}

/** Everything heavy (sandbox, reader of YAML) is loaded with its first use. */
export function formatterTools(
  services: FormatterToolServices,
  own: <T extends vscode.Disposable>(part: T) => T,
): FormatterTools {
  const { context, model, clock, diagnostics, workbench, createFormatter, isAllowed } = services;
  const textOf = (source: string) => workbench.text(source);
  const frameRunner = own(new FrameRunner({ clock, createFormatter, textOf }));
  const { extensionUri, workspaceState: memory } = context;
  const debugFormatter = new DebugFormatter({ extensionUri, memory, isAllowed });
  own(new FormatterLint(workbench, clock));
  own(registerHoverPayload({ model, workbench, runner: frameRunner }));
  own(
    new TestExplorer({
      ...{ workbench, createFormatter, readFile: readFileText, isAllowed },
      ...{ debug: debugFormatter, log: (line) => diagnostics.warn(line) },
    }),
  );
  return { frameRunner, byteMaps: own(new ByteMapDocuments()), debugFormatter };
}
