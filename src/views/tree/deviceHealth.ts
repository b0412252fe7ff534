/** How an end device is doing, in one word for its icon and a few for its row. */
import type { EndDevice } from "../../model/endDevice";
import { duration } from "../times";
import { counted } from "../../util/counted";

/** Ordered from worst to best. */
export type DeviceHealth = "failure" | "rejoining" | "overdue" | "waiting" | "heard" | "quiet";

const failureShownFor = 10 * 60_000;
const joinsThatWorry = 3;

export function deviceHealth(device: EndDevice, now: number): DeviceHealth {
  if (device.lastFailure && now - device.lastFailure.at < failureShownFor) return "failure";
  if (device.recentJoins(now) >= joinsThatWorry) return "rejoining";
  if (device.isOverdue(now)) return "overdue";
  if (device.pendingCount > 0) return "waiting";
  return device.lastHeardAt === undefined ? "quiet" : "heard";
}

/** What is worth saying beside the values, most urgent first. */
export function deviceMarks(device: EndDevice, now: number): string[] {
  const marks: string[] = [];
  if (device.lastFailure && now - device.lastFailure.at < failureShownFor)
    marks.push("downlink failed");
  const joins = device.recentJoins(now);
  if (joins >= joinsThatWorry) marks.push(`joined ${joins} times in 10 min`);
  else if (joins > 0 && device.lastUplink === undefined) marks.push("joined");
  if (device.pendingCount > 0) {
    const since = Math.min(...device.pendingDownlinks.map((each) => each.since));
    marks.push(`${counted(device.pendingCount, "downlink")} waiting ${duration(now - since)}`);
  }
  const interval = device.usualInterval;
  if (interval !== undefined && device.isOverdue(now))
    marks.push(`usually every ${duration(interval)}`);
  if (device.undecodableCount > 0 && device.undecodableCount === device.messageCount) {
    marks.push("not decodable");
  }
  return marks;
}
