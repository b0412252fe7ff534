/** Puts together what runs and shows the payload formatters of the workspace. */
import type * as vscode from "vscode";
import { BoundFormatters } from "./boundFormatters";
import type { FormatterTools } from "../commands/services";
import { formatterTools } from "./formatterTools";
import type { CreateFormatter } from "../formatters/workbench/bench";
import { Workbench } from "../formatters/workbench/workbench";
import type { Model } from "../model/model";
import { FormatterSettings } from "../storage/formatterSettings";
import type { Clock } from "../util/clock";
import type { DiagnosticsLog } from "../views/diagnosticsLog";
import { FormatterDocuments } from "../views/formatters/formatterDocuments";
import { FormatterLens } from "../views/formatters/formatterLens";
import { FormatterProblems } from "../views/formatters/formatterProblems";

export interface FormatterParts extends FormatterTools {
  readonly workbench: Workbench;
  readonly formatterSettings: FormatterSettings;
  readonly formatterDocuments: FormatterDocuments;
}

/** The sandbox is a bundle of its own, loaded with its first use. */
export const createFormatter: CreateFormatter = async (source, options) => {
  const sandbox = await import("../formatters/createFormatter");
  return sandbox.createFormatter(source, options);
};

/** @param own takes what must be disposed of at the end */
export function formatterParts(
  services: {
    readonly context: vscode.ExtensionContext;
    readonly model: Model;
    readonly clock: Clock;
    readonly diagnostics: DiagnosticsLog;
  },
  own: <T extends vscode.Disposable>(part: T) => T,
): FormatterParts {
  const { model, clock, diagnostics } = services;
  const log = (line: string) => diagnostics.warn(line);
  const workbench = own(new Workbench({ model, clock, createFormatter, log }));
  const formatterSettings = own(new FormatterSettings());
  const formatterDocuments = own(new FormatterDocuments(model, workbench));
  own(new FormatterLens(workbench, () => formatterSettings.isAllowed));
  own(new FormatterProblems(workbench));
  own(new BoundFormatters(workbench, formatterSettings, (text) => diagnostics.warn(text)));
  const isAllowed = () => formatterSettings.isAllowed;
  const tools = formatterTools({ ...services, workbench, createFormatter, isAllowed }, own);
  return { ...tools, workbench, formatterSettings, formatterDocuments };
}
