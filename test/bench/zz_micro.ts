import { Model } from "../../src/model/model";
import { applicationKey } from "../../src/stack/applicationSettings";
import { systemClock } from "../../src/util/clock";
import { EventChannel } from "../../src/views/log/eventChannel";
import { ApplicationsTree } from "../../src/views/tree/applicationsTree";
import { readFrames, initialFraming } from "../../src/mqtt/framing";
import { decode } from "../../src/stack/decode";
import { application, encodeUplinks } from "./uplinks";
const up = encodeUplinks({ devices: 1000, packets: 40000 });
const what = process.argv[2] ?? "all";
const settings = { application, host: "127.0.0.1", port: 1, security: "plaintext" } as const;
const model = new Model({ maximumMessages: 5_000, maximumBytes: 16 * 1024 * 1024 });
model.setApplications([settings]);
const key = applicationKey(settings);
if (what !== "noviews") {
  new ApplicationsTree(model, systemClock);
  new EventChannel(model, systemClock);
}
let count = 0;
let sink = 0;
async function round(): Promise<number> {
  const before = process.cpuUsage();
  const c0 = count;
  let state = { ...initialFraming, hasConnack: true };
  const all = up.bytes.subarray(0, up.offsets[up.packets]);
  for (let at = 0; at < all.length; at += 65536) {
    const r = readFrames(state, all.subarray(at, at + 65536));
    state = r.state as typeof state;
    for (const f of r.frames) {
      if (f.type !== "publish") continue;
      count++;
      if (what === "frame") {
        sink += f.topic.length;
        continue;
      }
      if (what === "json") {
        sink += Object.keys(JSON.parse(f.payload.toString()) as object).length;
        continue;
      }
      if (what === "json2") {
        sink += Object.keys(
          JSON.parse(
            Buffer.from(f.payload.buffer, f.payload.byteOffset, f.payload.byteLength).latin1Slice(),
          ) as object,
        ).length;
        continue;
      }
      const m = decode(f.topic, f.payload);
      if (what === "decode") {
        sink += m.kind.length;
        continue;
      }
      model.apply(key, f.topic, m, f.payload, systemClock.now());
    }
    await new Promise((r2) => setImmediate(r2));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (count - c0);
}
void (async () => {
  await round();
  const times: number[] = [];
  for (let i = 0; i < 5; i++) times.push(await round());
  times.sort((a, b) => a - b);
  console.log(what.padEnd(8), times[0]?.toFixed(2), times[2]?.toFixed(2), sink > 0);
  process.exit();
})();
