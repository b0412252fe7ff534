/** Byte maps as read-only documents: the text says everything, frames in the colours of the fields help to see it. */
import * as vscode from "vscode";
import { byteMapText, type ByteMapText } from "../../formatters/bytes/byteMapText";
import type { ByteMap } from "../../formatters/bytes/byteMap";

const scheme = "thethingsstack-bytemap";
const maximumKept = 20;
/** Colours of charts that can be seen in every theme (orange cannot); further fields share them, for letters tell them apart. */
const colours = ["blue", "yellow", "green", "purple", "red"].map(
  (name) => new vscode.ThemeColor(`charts.${name}`),
);

export class ByteMapDocuments
  implements vscode.TextDocumentContentProvider, vscode.HoverProvider, vscode.Disposable
{
  private readonly maps = new Map<string, ByteMapText>();
  private nextId = 1;
  private registrations: vscode.Disposable | undefined;
  private decorations: readonly vscode.TextEditorDecorationType[] = [];

  /** @param title what the frame is and with which formatter it was decoded; safe to show */
  async show(map: ByteMap, title: string, name: string): Promise<void> {
    this.register();
    const id = String(this.nextId++);
    this.maps.set(id, byteMapText(map, title));
    const [oldest] = this.maps.keys();
    if (this.maps.size > maximumKept && oldest !== undefined) this.maps.delete(oldest);
    const uri = vscode.Uri.from({ scheme, path: `/Byte map ${name}.txt`, query: id });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  provideTextDocumentContent({ query }: vscode.Uri): string {
    const text = this.maps.get(query);
    return text ? `${text.lines.join("\n")}\n` : "This byte map is no longer kept.\n";
  }

  /** The same as the line says, in whole sentences for the byte and its bits. */
  provideHover({ uri }: vscode.TextDocument, { line }: vscode.Position): vscode.Hover | undefined {
    const words = this.maps.get(uri.query)?.words.get(line);
    return words && new vscode.Hover([{ language: "plaintext", value: words.join("\n") }]);
  }

  dispose(): void {
    this.registrations?.dispose();
    for (const each of this.decorations) each.dispose();
  }

  /** With the first map: until then nothing of it exists. */
  private register(): void {
    if (this.registrations) return;
    this.decorations = colours.map((color) =>
      vscode.window.createTextEditorDecorationType({
        ...{ borderColor: color, borderStyle: "solid", borderWidth: "0 0 2px 0" },
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      }),
    );
    this.registrations = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.languages.registerHoverProvider({ scheme }, this),
      vscode.window.onDidChangeVisibleTextEditors((editors) =>
        editors.forEach((each) => this.decorate(each)),
      ),
    );
  }

  private decorate(editor: vscode.TextEditor): void {
    const { uri } = editor.document;
    const text = uri.scheme === scheme ? this.maps.get(uri.query) : undefined;
    if (!text) return;
    this.decorations.forEach((decoration, index) => {
      const own = text.spans.filter(({ field }) => field % this.decorations.length === index);
      editor.setDecorations(
        decoration,
        own.map(({ line, start, end }) => new vscode.Range(line, start, line, end)),
      );
    });
  }
}
