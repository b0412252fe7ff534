/** The same act for many end devices, one after the other: stops when told to, and counts what became of each. */
import type { SendResult } from "../../connections/downlinkSender";
import type { Application } from "../../model/application";
import { counted } from "../../util/counted";

/** An end device of an application. */
interface Recipient {
  readonly application: Application;
  readonly deviceId: string;
}

export interface Tally {
  readonly sent: number;
  /** How many failed, by what there is to say about it. */
  readonly problems: ReadonlyMap<string, number>;
  /** Whose turn never came. */
  readonly untried: number;
}

/** Nothing more goes to an application whose connection was lost, not even when it is back (reliability R9). */
export async function sendToEach<R extends Recipient>(
  recipients: readonly R[],
  send: (recipient: R) => Promise<SendResult>,
  signal: AbortSignal,
  onDone: (done: number) => void,
): Promise<Tally> {
  const problems = new Map<string, number>();
  const lost = new Set<Application>();
  let sent = 0;
  let untried = 0;
  for (const [index, recipient] of recipients.entries()) {
    const { application } = recipient;
    if (signal.aborted || lost.has(application)) {
      untried++;
      continue;
    }
    onDone(index);
    const result = await send(recipient);
    if ("sent" in result) {
      sent++;
      continue;
    }
    if (application.connection.phase !== "connected") lost.add(application);
    const problem = "problem" in result ? result.problem : "A field needs a change.";
    problems.set(problem, (problems.get(problem) ?? 0) + 1);
  }
  return { sent, problems, untried };
}

/** What became of all, in words for the user. */
export function tallyText({ sent, problems, untried }: Tally): string {
  const failed = [...problems.values()].reduce((sum, count) => sum + count, 0);
  const total = sent + failed + untried;
  const told = [`${sent} of ${counted(total, "downlink")} reached the server.`];
  for (const [problem, count] of problems) told.push(`${count}: ${problem}`);
  if (untried > 0) told.push(`${counted(untried, "was", "were")} not tried.`);
  return told.join(" ");
}
