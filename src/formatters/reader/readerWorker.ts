/** The thread that reads texts of the workspace: test files and, for checks, formatters. It runs nothing of them. */
import { parentPort } from "node:worker_threads";
import { lintFormatter } from "../lint/lint";
import { parseTestFile } from "../testCases/testCases";
import type { ReadReport, ReadRequest } from "./readerProtocol";

function read(request: ReadRequest): ReadReport {
  return request.kind === "tests"
    ? { kind: "tests", file: parseTestFile(request.text, request.format) }
    : { kind: "lint", findings: lintFormatter(request.text, request.profile) };
}

const port = parentPort;
if (port) {
  const report = (message: ReadReport) => port.postMessage(message);
  port.on("message", (request: ReadRequest) => report(read(request)));
  report({ kind: "ready" });
}
