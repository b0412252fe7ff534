/** A formatter's report in the few words that stand above its function. */
import { frameName } from "../../formatters/workbench/frame";
import { errorText, type Report } from "../../formatters/workbench/report";
import { summarizeFields } from "../../stack/values";
import { plainLabel } from "../../stack/visible";
import { counted } from "../../util/counted";

/** Which frames a list shows. */
export type FrameChoice = "all" | "failed" | "changed" | "drifting";

export interface ReportPart {
  readonly text: string;
  readonly frames: FrameChoice;
}

export function reportParts(report: Report): readonly ReportPart[] {
  const { frames, failed, changed, comparable, drifting, decodedByServer } = report;
  if (frames === 0) return [];
  const parts: ReportPart[] = [];
  const count = counted(frames, "frame");
  if (failed === 0) parts.push({ text: `${count} ok`, frames: "all" });
  else
    parts.push({
      text: `$(error)\u00a0${count}: ${frames - failed} ok, ${counted(failed, "fails", "fail")}`,
      frames: "failed",
    });
  if (changed > 0)
    parts.push({
      text: `${changed} of ${comparable} ${changed === 1 ? "differs" : "differ"} from before`,
      frames: "changed",
    });
  else if (comparable > 0) parts.push({ text: "as before", frames: "all" });
  if (drifting > 0)
    parts.push({
      text: `$(diff)\u00a0${drifting} of ${decodedByServer} ${drifting === 1 ? "differs" : "differ"} from the server`,
      frames: "drifting",
    });
  else if (decodedByServer > 0) parts.push({ text: "as the server", frames: "all" });
  return parts;
}

/** `soil-probe-01 #2210 p2: battery_v=3.52`; undefined before the first frame. */
export function latestText({ latest }: Report): string | undefined {
  if (!latest) return undefined;
  const { answer, frame } = latest;
  const text = answer.error
    ? `fails: ${errorText(answer.error)}`
    : summarizeFields(answer.result.decoded_payload, 3) || "no values";
  return plainLabel(`${frameName(frame)}: ${text}`, 120);
}
