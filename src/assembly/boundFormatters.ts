/** Gives the workbench what the workspace binds: the setting's entries and the texts of their files, in trusted ones only. */
import * as vscode from "vscode";
import type { Workbench } from "../formatters/workbench/workbench";
import { visible } from "../stack/visible";
import { FormatterFiles } from "../storage/formatterFiles";
import type { FormatterSettings } from "../storage/formatterSettings";
import { notify } from "../views/notices";
import { moreOf } from "../util/counted";

const openSetting = "Open Setting";

export class BoundFormatters implements vscode.Disposable {
  private readonly files: FormatterFiles;
  private readonly subscription: { dispose(): void };
  private lastProblems = "";

  constructor(
    private readonly workbench: Workbench,
    private readonly settings: FormatterSettings,
    private readonly warn: (text: string) => void,
  ) {
    this.files = new FormatterFiles((address, text) => workbench.setText(address, text));
    this.subscription = settings.onDidChange(() => this.sync());
    this.sync();
  }

  dispose(): void {
    this.subscription.dispose();
    this.files.dispose();
  }

  private sync(): void {
    const { bindings, problems } = this.settings.read();
    this.workbench.setBindings(bindings);
    const files = new Map(bindings.flatMap(({ source, uri }) => (uri ? [[source, uri]] : [])));
    this.files.follow([...files.values()]);
    this.report(problems);
  }

  /** Each list of problems once: people edit the setting while they read it. */
  private report(problems: readonly string[]): void {
    const [first] = problems;
    const all = problems.join("\n");
    if (all === this.lastProblems) return;
    this.lastProblems = all;
    if (first === undefined) return;
    for (const problem of problems) this.warn(`setting thethingsstack.formatters, ${problem}`);
    const text = `Formatter bindings, ${visible(first, 300)}. It is ignored.${moreOf(problems.length)}`;
    void notify("warning", text, openSetting).then((chosen) => {
      if (chosen === openSetting)
        void vscode.commands.executeCommand("thethingsstack.formatter.editBindings");
    });
  }
}
