/** Compares what the simulated server sends with what a real one was recorded to send, name by name and type by type. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { valueAt, type Received } from "./demoClient";
import { shapeOf } from "./wireShape";

const folder = path.join("test", "fixtures", "real-traffic");

function read(name: string): string {
  return gunzipSync(readFileSync(path.join(folder, name))).toString();
}

const variants = JSON.parse(read("variants.json.gz")) as Readonly<
  Record<string, { readonly body: object }>
>;

/** The exact texts of all recorded messages. */
export function recordedTexts(): readonly string[] {
  return read("messages.jsonl.gz")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly body: string }).body);
}

/** What an installation with tenants and more gateways says beyond the recorded one. */
const beyond =
  /\.network_ids\.|\.attributes\.field$|rx_metadata\[\]\.(?:frequency_offset|channel_index)$/;

/**
 * Fails unless the message has the names and types of the recorded variant (`downlink-sent.confirmed`), no more and no
 * less, and the same kinds of correlation ids, outside and inside.
 */
export function assertLikeRecorded(message: Received, variant: string): void {
  const recorded = variants[variant]?.body;
  assert.ok(recorded, variant);
  const received: unknown = JSON.parse(message.text);
  assert.deepEqual(shapeTexts(received), shapeTexts(recorded), variant);
  assert.deepEqual(idKinds(received), idKinds(recorded), variant);
  for (const part of ["downlink_failed.downlink", "downlink_sent", "downlink_ack"]) {
    const place = `${variant}: ${part}`;
    assert.deepEqual(idKinds(valueAt(received, part)), idKinds(valueAt(recorded, part)), place);
  }
}

/** The error of the recorded variant, without what differs each time. */
export function recordedError(variant: string): unknown {
  return withoutChance(valueAt(variants[variant]?.body, "downlink_failed.error"));
}

/** The error of a message, without what differs each time. */
export function errorOf(message: Received): unknown {
  return withoutChance(message.at("downlink_failed.error"));
}

function withoutChance(error: unknown): unknown {
  return JSON.parse(JSON.stringify(error), (key, value: unknown) =>
    ["correlation_id", "dev_addr", "session_key_id"].includes(key) ? typeof value : value,
  );
}

function shapeTexts(body: unknown): readonly string[] {
  const places = [...shapeOf(body)].map(([place, type]) => {
    const [before, inside] = place.split(/(?<=decoded_payload)\./);
    return inside === undefined ? `${place}: ${type}` : `${before}: fields`;
  });
  return [...new Set(places)].filter((text) => !beyond.test(text.split(": ")[0] ?? "")).sort();
}

/** Without the ULIDs; ids of clients are one kind. */
function idKinds(body: unknown): readonly string[] {
  const ids = valueAt(body, "correlation_ids");
  if (!Array.isArray(ids)) return [];
  return ids
    .map((id) => String(id).replace(/:[0-9A-Z]{26}$/, ""))
    .map((id) => (/^(?:as|gs|ns|rpc):/.test(id) ? id : "client"))
    .sort();
}
