/** `npm start`: what its window shows, and that nothing outlives whoever started it. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cleanEnvironment } from "../editor/process.mjs";
import { Workbench } from "../editor/workbench";
import { eventually } from "../support/eventually";

const program = path.resolve("test/editor/start.mjs");
const options = ["--browser", "--no-open"];

/** A start with a folder of its own for temporary files, by a process that can be killed. */
class Started {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly temporary: string,
    /** The process of `start.mjs` itself. */
    readonly pid: number,
  ) {}

  /** @param launcher who starts it and waits for it */
  static async by(launcher: "node" | "npm's shell" | "directly"): Promise<Started> {
    const temporary = await mkdtemp(path.join(tmpdir(), "start-test-"));
    const command = JSON.stringify([process.execPath, program, ...options]);
    const starting = `
      const [command, ...args] = ${command};
      const child = require("node:child_process").spawn(command, args, { stdio: "inherit" });
      console.log("pid " + child.pid);`;
    const quoted = [process.execPath, program, ...options].map((each) => `'${each}'`).join(" ");
    const argv = {
      directly: [program, ...options],
      node: ["--eval", starting],
      "npm's shell": [
        "--eval",
        // As npm does it, with a shell that stays.
        `require("node:child_process").spawn("sh", ["-c", ${JSON.stringify(`${quoted} & echo pid $!; wait`)}], { stdio: "inherit" });`,
      ],
    }[launcher];
    const npm = launcher === "npm's shell" ? { npm_lifecycle_event: "start" } : {};
    const env = { ...cleanEnvironment(), ...npm, TMPDIR: temporary };
    const child = spawn(process.execPath, argv, { env, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const url = await eventually(
      () => Promise.resolve(`the address in: ${output}`),
      () => /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(output)?.[0],
      60_000,
    );
    const [, pid = child.pid] = /^pid (\d+)$/m.exec(output) ?? [];
    return new Started(child, url, temporary, Number(pid));
  }

  /** Nothing answers, nothing runs and nothing lies about any more. */
  async isGone(): Promise<void> {
    await eventually("the end of the server", async () =>
      fetch(this.url).then(
        () => undefined,
        () => true,
      ),
    );
    await eventually(
      async () => `empty: ${JSON.stringify(await readdir(this.temporary))}`,
      async () => (await readdir(this.temporary)).length === 0,
    );
    await eventually(
      async () => `no process: ${JSON.stringify(await this.processes())}`,
      async () => (await this.processes()).length === 0,
    );
    await rm(this.temporary, { recursive: true });
  }

  kill(whom: "parent" | "start", signal: NodeJS.Signals): void {
    if (whom === "parent") this.child.kill(signal);
    else process.kill(this.pid, signal);
  }

  /** Command lines of processes that know our temporary folder; empty where there is no /proc. */
  private async processes(): Promise<string[]> {
    const ids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")),
    );
    return lines.filter((line) => line.includes(this.temporary));
  }
}

describe("npm start", function () {
  this.timeout(120_000);

  it("opens the example with the demo network, and shows no error of its own", async () => {
    const started = await Started.by("directly");
    const workbench = await Workbench.open(started.url, { width: 1440, height: 900 });
    try {
      const tree = workbench.tree("Applications");
      await tree.row("pump-controller-3");
      await workbench.outputLine("The Things Stack", /UP .*greenhouse-07/);
      assert.deepEqual(await workbench.notifications(), []);
      await workbench.screenshot("start");
      await workbench.runCommand("Notifications: Show Notifications");
      await workbench.page
        .getByText(/no (new )?notifications/i)
        .first()
        .waitFor();
    } finally {
      await workbench.close();
      started.kill("start", "SIGINT");
    }
    await started.isGone();
  });

  for (const [launcher, whom, signal] of [
    ["node", "parent", "SIGKILL"],
    ["npm's shell", "parent", "SIGKILL"],
    ["directly", "start", "SIGKILL"],
    ["directly", "start", "SIGHUP"],
  ] as const) {
    it(`leaves nothing when, started by ${launcher}, its ${whom} gets ${signal}`, async () => {
      const started = await Started.by(launcher);
      started.kill(whom, signal);
      await started.isGone();
    });
  }
});
