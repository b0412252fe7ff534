// Lets a program of its own clean up after this process, however this one ends. Needs the project as working folder.
import { spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What a process group may take to end by itself. Milliseconds. */
const patience = 3_000;

/** @type {import("node:child_process").ChildProcess | undefined} */
let caretaker;

/** @param {string} line */
function tell(line) {
  if (caretaker === undefined) {
    // A session of its own: Ctrl+C is for us, and what we leave behind is for it.
    const stdio = /** @type {const} */ (["pipe", "ignore", "ignore"]);
    const program = path.resolve("test", "editor", "caretakerProgram.mjs");
    caretaker = spawn(process.execPath, [program], { detached: true, stdio });
    caretaker.unref();
    /** @type {import("node:net").Socket} */ (caretaker.stdin).unref();
  }
  caretaker.stdin?.write(`${line}\n`);
}

/**
 * @param {"group" | "folder"} kind a process group by its id, or a folder by its path
 * @param {string | number} name
 * @returns {() => void} says that it has been cleaned up
 */
export function leaveToCaretaker(kind, name) {
  tell(JSON.stringify([kind, name]));
  return () => tell(JSON.stringify(["done", name]));
}

/**
 * Ends all processes of a group; resolves when none is left.
 * @param {number} group
 */
export async function endGroup(group) {
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGKILL"])) {
    if (!signalGroup(group, signal)) return;
    for (let waited = 0; waited < patience; waited += 50) {
      await sleep(50);
      if (!signalGroup(group, 0)) return;
    }
  }
}

/**
 * @param {number} group
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} whether anybody of the group was there
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
