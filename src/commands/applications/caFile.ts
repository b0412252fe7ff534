/** The file of certificates that are trusted beside the usual ones: read, and chosen in a dialog. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { notify } from "../../views/notices";

const maximumCaFile = 1024 * 1024;

/** Reads a PEM file of certificates. Rejects with words for the user. */
export async function readCaFile(file: string): Promise<string> {
  if (!path.isAbsolute(file)) throw new Error("Give the whole path of the file.");
  const { size } = await stat(file);
  if (size > maximumCaFile) throw new Error("Larger than a certificate file can be.");
  const text = await readFile(file, "utf8");
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Error("Not a PEM file: it holds no BEGIN CERTIFICATE line.");
  }
  return text;
}

/** The path of a file that can be used; undefined when the dialog was cancelled, or after saying why a file is none. */
export async function pickCaFile(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: "CA File (PEM)",
    openLabel: "Trust",
    canSelectMany: false,
    filters: { Certificates: ["pem", "crt", "cer"], "All Files": ["*"] },
  });
  const [uri] = chosen ?? [];
  if (!uri) return undefined;
  try {
    await readCaFile(uri.fsPath);
    return uri.fsPath;
  } catch {
    await notify("error", "This file cannot be used: it holds no PEM certificate.");
    return undefined;
  }
}
