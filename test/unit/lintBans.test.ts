/** Lint refuses what would turn remote text into markup or code. Source: reliability P31, A23, A25, A34, A41. */
import assert from "node:assert/strict";
import { ESLint } from "eslint";

/** What is planted, in which file, and the rule that must report it. */
const planted: readonly (readonly [code: string, file: string, rule: string])[] = [
  ["markdown.isTrusted = true;", "src/views/times.ts", "no-restricted-properties"],
  ["markdown.supportHtml = true;", "src/views/times.ts", "no-restricted-properties"],
  ["new vscode.MarkdownString(remote);", "src/views/times.ts", "no-restricted-syntax"],
  ["new vscode.SnippetString(remote);", "src/views/times.ts", "no-restricted-syntax"],
  ["new SnippetString(remote);", "src/views/times.ts", "no-restricted-syntax"],
  ["element.innerHTML = remote;", "src/webview/shared/dom.ts", "no-restricted-properties"],
  ["element.outerHTML = remote;", "src/webview/shared/dom.ts", "no-restricted-properties"],
  [
    "element.insertAdjacentHTML('x', remote);",
    "src/webview/shared/dom.ts",
    "no-restricted-properties",
  ],
  ["document.write(remote);", "src/webview/shared/dom.ts", "no-restricted-properties"],
  ["eval(remote);", "src/stack/decode.ts", "no-eval"],
  ["new Function(remote);", "src/stack/decode.ts", "no-new-func"],
  ["setTimeout('remote()', 1);", "src/webview/shared/dom.ts", "@typescript-eslint/no-implied-eval"],
  ['import "node:vm";', "src/stack/decode.ts", "no-restricted-syntax"],
  ['import vm from "vm";', "src/commands/events/messages.ts", "no-restricted-syntax"],
  ['void import("node:vm");', "src/extension.ts", "no-restricted-syntax"],
  ['require("node:vm");', "src/extension.ts", "no-restricted-syntax"],
  ['import "node:child_process";', "src/demo/farm.ts", "no-restricted-syntax"],
  ['import "node:worker_threads";', "src/extension.ts", "no-restricted-syntax"],
  ['import "node:worker_threads";', "src/formatters/server/readOutcome.ts", "no-restricted-syntax"],
  ['import "node:vm";', "src/formatters/sandbox/worker.ts", "no-restricted-syntax"],
  ["void vscode.window.showErrorMessage(remote);", "src/views/times.ts", "no-restricted-syntax"],
  ["void vscode.window['showWarningMessage'](remote);", "src/demo/farm.ts", "no-restricted-syntax"],
  ["vscode.window.showInformationMessage(remote);", "src/extension.ts", "no-restricted-syntax"],
  ["const { showQuickPick } = vscode.window;", "src/commands/targets.ts", "no-restricted-syntax"],
  ["vscode.window.createQuickPick();", "src/commands/targets.ts", "no-restricted-syntax"],
  ["vscode.window.createInputBox();", "src/commands/targets.ts", "no-restricted-syntax"],
  ["vscode.window.showInputBox(remote);", "src/commands/targets.ts", "no-restricted-syntax"],
  ["vscode.window.withProgress(remote);", "src/assembly/keyringWatch.ts", "no-restricted-syntax"],
  ["vscode.window.setStatusBarMessage(remote);", "src/views/times.ts", "no-restricted-syntax"],
  ["new vscode.TreeItem(remote);", "src/views/tree/treeItems.ts", "no-restricted-syntax"],
  ["new TreeItem(remote);", "src/views/notices.ts", "no-restricted-syntax"],
  [
    "void vscode.window.showErrorMessage(remote);",
    "src/views/tree/plainRow.ts",
    "no-restricted-syntax",
  ],
  ['import https from "node:https";', "src/doctor/network.ts", "no-restricted-syntax"],
  ['import { request } from "http";', "src/doctor/network.ts", "no-restricted-syntax"],
  ['void import("node:http");', "src/extension.ts", "no-restricted-syntax"],
  ["void fetch(remote);", "src/doctor/network.ts", "no-restricted-syntax"],
  ['import { connect } from "node:tls";', "src/doctor/network.ts", "no-restricted-syntax"],
  ['import { createSecureContext } from "tls";', "src/doctor/network.ts", "no-restricted-syntax"],
  ["remote({ rejectUnauthorized: false });", "src/doctor/network.ts", "no-restricted-syntax"],
  ["client.removeAllListeners();", "src/mqtt/client.ts", "no-restricted-properties"],
];

const names = "declare const markdown: any, vscode: any, element: any, remote: any, client: any;";

describe("Lint", function () {
  this.timeout(120_000);
  const rulesByFile = new Map<string, ReadonlyMap<string, readonly string[]>>();

  before(async () => {
    const eslint = new ESLint();
    for (const file of new Set(planted.map(([, each]) => each))) {
      const codes = planted.filter(([, each]) => each === file).map(([code]) => code);
      const [result] = await eslint.lintText([names, ...codes].join("\n"), { filePath: file });
      const messages = result?.messages.filter(({ severity }) => severity === 2) ?? [];
      assert.deepEqual(
        messages.filter(({ fatal }) => fatal === true),
        [],
      );
      rulesByFile.set(
        file,
        new Map(
          codes.map((code, index) => [
            code,
            messages.filter(({ line }) => line === index + 2).map(({ ruleId }) => ruleId ?? ""),
          ]),
        ),
      );
    }
  });

  for (const [code, file, rule] of planted) {
    it(`P31 refuses ${code} in ${file}`, () => {
      assert.ok(rulesByFile.get(file)?.get(code)?.includes(rule), rule);
    });
  }
});
