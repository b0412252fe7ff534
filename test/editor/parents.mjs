// Notices when whoever started this program is gone.
import { execFileSync } from "node:child_process";
import { clearInterval, setInterval } from "node:timers";

const interval = 500;

/**
 * Resolves when the process that started us is gone, or, where that was only npm's shell, npm itself.
 * @returns {Promise<void>}
 */
export function parentsGone() {
  const parent = process.ppid;
  const npm = process.env.npm_lifecycle_event === undefined ? undefined : starterOf(parent);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === parent && (npm === undefined || isThere(npm))) return;
      clearInterval(timer);
      resolve();
    }, interval);
    timer.unref();
  });
}

/**
 * Who started a shell; undefined for anything else, and where there is no `ps`.
 * @param {number} pid
 */
function starterOf(pid) {
  try {
    const told = execFileSync("ps", ["-o", "ppid=,comm=", "-p", `${pid}`], { encoding: "utf8" });
    const [, starter] = /^\s*(\d+)\s+(?:.*\/)?-?(?:ba|da|z|k)?sh\s*$/.exec(told) ?? [];
    return starter === undefined ? undefined : Number(starter);
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isThere(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
