/** The public tutorial's own examples (seed-mqtt-server.txt): their shape is older than today's server's. */
import type { Fixture } from "./fixtures";
import { parseBody, readFixture, type JsonBody } from "./fixtures";

export const tutorialUid = "app1@tenant1";
export const tutorialDevice = "dev1";

/** The topics on which the tutorial says the server publishes. */
export const tutorialTopics = [
  "join",
  "up",
  "down/queued",
  "down/sent",
  "down/ack",
  "down/nack",
  "down/failed",
  "service/data",
  "location/solved",
].map((suffix) => `v3/${tutorialUid}/devices/${tutorialDevice}/${suffix}`);

export const tutorialMessages: readonly Fixture[] = (
  [
    ["join", "join", "join"],
    ["up", "up", "uplink"],
    ["down-ack", "down/ack", "downlinkAck"],
  ] as const
).map(([name, suffix, kind]) => ({
  name,
  topic: `v3/${tutorialUid}/devices/${tutorialDevice}/${suffix}`,
  kind,
  bytes: readFixture("tutorial", name),
}));

export function tutorialMessage(name: "join" | "up" | "down-ack"): Fixture {
  const found = tutorialMessages.find((each) => each.name === name);
  if (!found) throw new Error(`no tutorial message ${name}`);
  return found;
}

/** The bodies that the tutorial publishes. */
export function tutorialPush(name: "push" | "push-confirmed"): JsonBody {
  return parseBody(readFixture("tutorial", name));
}
