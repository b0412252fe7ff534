/** The real-shaped messages of test/fixtures/golden, and bodies and models to try things on. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { ApplicationSettings } from "../../src/stack/applicationSettings";
import { decode } from "../../src/stack/decode";
import type { Message, MessageKind, Undecodable } from "../../src/stack/messages";

/** A JSON body that tests take apart. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type JsonBody = Record<string, Json>;

export interface Fixture {
  readonly name: string;
  readonly topic: string;
  readonly kind: MessageKind;
  readonly bytes: Uint8Array;
}

export const soilLabUid = "soil-lab@ttn";
export const soilLabDevice = "eui-70b3d57ed0051234";

const goldenFiles: readonly (readonly [name: string, suffix: string, kind: MessageKind])[] = [
  ["join", "join", "join"],
  ["up", "up", "uplink"],
  ["up-decoded", "up", "uplink"],
  ["up-normalized", "up/normalized", "uplinkNormalized"],
  ["down-queued", "down/queued", "downlinkQueued"],
  ["down-sent", "down/sent", "downlinkSent"],
  ["down-ack", "down/ack", "downlinkAck"],
  ["down-nack", "down/nack", "downlinkNack"],
  ["down-failed", "down/failed", "downlinkFailed"],
  ["down-queue-invalidated", "down/invalidated", "downlinkQueueInvalidated"],
  ["location-solved", "location/solved", "locationSolved"],
  ["service-data", "service/data", "serviceData"],
];

/** The folder is found from the working directory: tests run at the root of the repository. */
export function readFixture(folder: "golden" | "tutorial", name: string): Uint8Array {
  return readFileSync(path.join("test", "fixtures", folder, `${name}.json`));
}

export const golden: readonly Fixture[] = goldenFiles.map(([name, suffix, kind]) => ({
  name,
  topic: `v3/${soilLabUid}/devices/${soilLabDevice}/${suffix}`,
  kind,
  bytes: readFixture("golden", name),
}));

export function goldenNamed(name: string): Fixture {
  const found = golden.find((each) => each.name === name);
  if (!found) throw new Error(`no golden message ${name}`);
  return found;
}

export function parseBody(bytes: Uint8Array): JsonBody {
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as JsonBody;
}

export function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value), "utf8");
}

export function upTopic(deviceId = soilLabDevice, suffix = "up"): string {
  return `v3/${soilLabUid}/devices/${deviceId}/${suffix}`;
}

type Decoded = Message | Undecodable;
/** The member of the union that can be of this kind: several kinds share one. */
type OfKind<Kind, Each = Decoded> = Each extends { readonly kind: infer Own }
  ? Kind extends Own
    ? Each & { readonly kind: Kind }
    : never
  : never;

/** Decodes and insists that it is a message of this kind. */
export function decodeAs<Kind extends Decoded["kind"]>(
  kind: Kind,
  topic: string,
  body: unknown,
): OfKind<Kind> {
  const result = decode(topic, body instanceof Uint8Array ? body : bytesOf(body));
  if (result.kind !== kind) throw new Error(`${kind} expected, got ${JSON.stringify(result)}`);
  return result as OfKind<Kind>;
}

/** An uplink with only what is given: the envelope is that of the golden messages. */
export function uplinkBody(fields: object, envelope: object = {}): object {
  return {
    end_device_ids: {
      device_id: soilLabDevice,
      application_ids: { application_id: "soil-lab" },
    },
    ...envelope,
    uplink_message: fields,
  };
}

export type JsonPath = readonly (string | number)[];

/** Every place in a value, the root left out, each as the way to it. */
export function pathsOf(value: Json, before: JsonPath = []): JsonPath[] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, Json][] = Array.isArray(value)
    ? value.map((child, index) => [index, child])
    : Object.entries(value);
  return entries.flatMap(([name, child]) => [
    [...before, name],
    ...pathsOf(child, [...before, name]),
  ]);
}

/** A copy with the place deleted (`undefined`) or given another value. */
export function changedAt(root: Json, place: JsonPath, value: Json | undefined): Json {
  const copy = structuredClone(root);
  let at: Json = copy;
  for (const name of place.slice(0, -1)) at = childOf(at, name);
  const last = place.at(-1) ?? "";
  if (Array.isArray(at) && typeof last === "number") {
    if (value === undefined) at.splice(last, 1);
    else at[last] = value;
  } else if (typeof at === "object" && at !== null && !Array.isArray(at)) {
    if (value === undefined) Reflect.deleteProperty(at, last);
    else at[last] = value;
  }
  return copy;
}

function childOf(value: Json, name: string | number): Json {
  if (typeof value !== "object" || value === null) throw new Error("no such place");
  const child = (value as Record<string | number, Json>)[name];
  if (child === undefined) throw new Error("no such place");
  return child;
}

export const soilLab: ApplicationSettings = {
  application: soilLabUid,
  host: "eu1.cloud.thethings.network",
  port: 8883,
  security: "tls",
};
export const soilLabKey = "eu1.cloud.thethings.network:8883/soil-lab@ttn";

/** A key in the Console's form that no server ever saw. */
export const canaryKey =
  "NNSXS.CANARYCANARYCANARYCANARYCANARYCANARYCAN.SECRETPARTSECRETPARTSECRETPARTSECRETPARTSECRETPARTSE";
