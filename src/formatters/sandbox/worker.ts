/** The sandbox's thread: keeps the compiled formatters and runs what it is asked, one request at a time. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parentPort } from "node:worker_threads";
import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import { useServerWords } from "./engineWords";
import { Program } from "./program";
import type { Report, Request, RunAnswer, RunRequest } from "./protocol";
import { useUtc } from "./utc";

const wasmFile = "quickjs.wasm";
const maxPrograms = 16;
/** 400 days, 5 hours, 7 minutes and 11.013 seconds: every field of a time is another one then. */
const muchLater = ((400 * 24 + 5) * 60 + 7) * 60_000 + 11_013;
/** Characters of a result as JSON. */
const maximumOutcome = 128 * 1024;

const programs = new Map<number, Program>();

async function main(): Promise<void> {
  if (parentPort === null) return;
  const port = parentPort;
  useUtc();
  const wasmBinary = useServerWords(await readFile(path.join(__dirname, wasmFile)));
  const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmBinary }));
  const report = (message: Report) => port.postMessage(message);
  port.on("message", (request: Request) => {
    if (request.kind === "forget") forget(request.formatter);
    else run(module, request, report);
  });
  report({ kind: "ready" });
}

function run(
  module: QuickJSWASMModule,
  request: RunRequest,
  report: (message: Report) => void,
): void {
  const { now } = Date;
  // The engine asks this thread's Date for the time.
  if (request.isLater === true) Date.now = () => now() + muchLater;
  try {
    programFor(module, request).run(request.call, request.inputs, {
      onStart: () => report({ kind: "running" }),
      onAnswers: (answers) => report({ kind: "answers", answers: answers.map(bounded) }),
    });
  } finally {
    Date.now = now;
  }
}

/** Nobody but this thread has to read a result of many megabytes. */
function bounded(answer: RunAnswer): RunAnswer {
  return answer.outcome.length <= maximumOutcome
    ? answer
    : { ...answer, outcome: '{"kind":"tooLarge"}' };
}

/** Keeps the formatters used last. */
function programFor(
  module: QuickJSWASMModule,
  { formatter, source, profile }: RunRequest,
): Program {
  const program = programs.get(formatter) ?? new Program(module, source, profile);
  programs.delete(formatter);
  programs.set(formatter, program);
  for (const oldest of programs.keys()) {
    if (programs.size <= maxPrograms) break;
    forget(oldest);
  }
  return program;
}

function forget(formatter: number): void {
  programs.get(formatter)?.dispose();
  programs.delete(formatter);
}

void main();
