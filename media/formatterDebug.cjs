// Runs one function of a payload formatter under the debugger. Arguments: the file, the function's name, its arguments as JSON.
// The file is run as it is and under its own path, so that breakpoints in it hold; as on the server it is a script, no module.
"use strict";
/* global require */
/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/no-dynamic-delete -- it is no module */
const { readFileSync } = require("node:fs");
const { runInThisContext } = require("node:vm");

const [file, entry, json] = process.argv.slice(-3);
// Node puts these into the reach of a text that it evaluates; the server has none of them.
for (const name of ["require", "module", "exports", "__filename", "__dirname"])
  delete globalThis[name];
runInThisContext(readFileSync(file, "utf8"), { filename: file });
const given = JSON.parse(json, (name, value) => (name === "recvTime" ? new Date(value) : value));
const result = runInThisContext(entry)(...given);
console.log(`${entry} returned`, JSON.stringify(result, undefined, 2));
