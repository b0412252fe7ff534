/** Finds the formatter's file that tests are for: named in them, named as they are, or the only one beside or above. */
import * as vscode from "vscode";
import type { TestCase } from "../../formatters/testCases/testCase";
import { formatterAmong, formatterNamed } from "../../formatters/testCases/testFormatter";
import type { TestRunServices } from "./testExplorerRun";

/** Of one folder. */
const maximumFiles = 30;
/** The tests' own folder and those above, as in `examples/` beside `index.js`. */
const maximumFolders = 2;

type Services = Pick<TestRunServices, "readFile">;

/** Only inside the workspace. */
export async function formatterUri(
  services: Services,
  testUri: vscode.Uri,
  { formatter, kind }: Pick<TestCase, "formatter" | "kind">,
): Promise<vscode.Uri | undefined> {
  if (formatter !== undefined) return inside(vscode.Uri.joinPath(testUri, "..", formatter));
  const named = formatterNamed(testUri.path.split("/").at(-1) ?? "");
  const own = named === undefined ? undefined : vscode.Uri.joinPath(testUri, "..", named);
  if (own && "text" in (await services.readFile(own))) return inside(own);
  let folder = vscode.Uri.joinPath(testUri, "..");
  for (let level = 0; level < maximumFolders && inside(folder); level++) {
    const files = await filesIn(services, folder);
    const name = formatterAmong(files, kind);
    if (name !== undefined) return vscode.Uri.joinPath(folder, name);
    if (files.length > 0) break;
    folder = vscode.Uri.joinPath(folder, "..");
  }
  return own && inside(own);
}

function inside(uri: vscode.Uri): vscode.Uri | undefined {
  return vscode.workspace.getWorkspaceFolder(uri) ? uri : undefined;
}

async function filesIn(services: Services, folder: vscode.Uri) {
  const pattern = new vscode.RelativePattern(folder, "*.{js,cjs,mjs}");
  const uris = await vscode.workspace.findFiles(pattern, null, maximumFiles);
  const files = await Promise.all(
    uris.map(async (uri) => {
      const read = await services.readFile(uri);
      const name = uri.path.split("/").at(-1) ?? "";
      return "text" in read ? [{ name, text: read.text }] : [];
    }),
  );
  return files.flat();
}
