/** Reads a file of the workspace as text: an ordinary one of a sensible size, and never more of it than that. */
import { constants } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import * as vscode from "vscode";

/** Bytes no formatter, test or downlink has; the server takes formatters of 40,960. */
export const maximumBytes = 1024 * 1024;

/** The text, or in words why there is none. */
export type FileText = { readonly text: string } | { readonly problem: string };

const notOrdinary = "It is no ordinary file: not read.";
const tooLarge = `Larger than ${maximumBytes / 1024} KiB: not read.`;
const unreadable = "It cannot be read.";

/** Never rejects. Size alone says nothing: pipes and devices have none, and a file may grow while it is read. */
export async function readFileText(uri: vscode.Uri): Promise<FileText> {
  try {
    const bytes = uri.scheme === "file" ? await readLocal(uri.fsPath) : await readElsewhere(uri);
    return "problem" in bytes ? bytes : { text: new TextDecoder().decode(bytes) };
  } catch {
    return { problem: unreadable };
  }
}

/** Undefined when there is no such file, or one that is not read by its kind or size. */
export async function readText(uri: vscode.Uri): Promise<string | undefined> {
  const read = await readFileText(uri);
  return "text" in read ? read.text : undefined;
}

/** Why a file should not be opened, if so; one that is not there yet may be. */
export async function fileProblem(uri: vscode.Uri): Promise<string | undefined> {
  try {
    const { type, size } = await vscode.workspace.fs.stat(uri);
    if ((type & vscode.FileType.File) === 0) return notOrdinary;
    return size > maximumBytes ? tooLarge : undefined;
  } catch {
    return undefined;
  }
}

type Bytes = Uint8Array | { readonly problem: string };

/** Another kind of file may take the name's place after the first look, so it is opened without waiting and looked at again. */
async function readLocal(path: string): Promise<Bytes> {
  if (!(await stat(path)).isFile()) return { problem: notOrdinary };
  // Zero where the system has no such flag.
  const flags: Partial<Record<string, number>> = constants;
  const handle = await open(path, constants.O_RDONLY | (flags.O_NONBLOCK ?? 0));
  try {
    if (!(await handle.stat()).isFile()) return { problem: notOrdinary };
    return await readBounded(handle);
  } finally {
    await handle.close();
  }
}

async function readBounded(handle: FileHandle): Promise<Bytes> {
  const { size } = await handle.stat();
  if (size > maximumBytes) return { problem: tooLarge };
  const buffer = Buffer.alloc(maximumBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  return { problem: tooLarge };
}

async function readElsewhere(uri: vscode.Uri): Promise<Bytes> {
  const problem = await fileProblem(uri);
  if (problem !== undefined) return { problem };
  const bytes = await vscode.workspace.fs.readFile(uri);
  return bytes.length > maximumBytes ? { problem: tooLarge } : bytes;
}
