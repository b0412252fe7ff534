import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Application } from "../../src/model/application";
import type { EventEntry } from "../../src/model/eventStore";
import { decode } from "../../src/stack/decode";
import { eventLine, eventLinkIn } from "../../src/views/log/eventLine";
import { spokenEvent } from "../../src/views/tree/spokenEvent";
import {
  bytesOf,
  canaryKey,
  golden,
  goldenNamed,
  soilLab,
  upTopic,
  uplinkBody,
} from "../support/fixtures";

const at = new Date(2026, 1, 23, 12, 4, 31, 482).getTime();

function entryOf(content: EventEntry["content"]): EventEntry {
  return { id: 41, at, applicationKey: "k", topic: "t", content, note: undefined };
}

function goldenEntry(name: string): EventEntry {
  const { topic, bytes } = goldenNamed(name);
  return entryOf(decode(topic, bytes));
}

describe("event lines: what stands where", () => {
  const application = new Application(soilLab);

  it("D7 tells the application only when there are several, and the link right after the time", () => {
    const one = eventLine(goldenEntry("up"), application);
    assert.match(one, /^12:04:31\.482 {2}e41 {4}UP {4}eui-70b3d57ed0051234 #113/);
    const several = eventLine(goldenEntry("up"), application, true);
    assert.match(
      several,
      /^12:04:31\.482 {2}e41 {4}UP {4}soil-lab@ttn {2}eui-70b3d57ed0051234 #113/,
    );
    for (const line of [one, several]) assert.equal(eventLinkIn.exec(line)?.[2], "41");
    const gap = eventLine(entryOf({ kind: "gap", from: 1, to: 60_001 }), application);
    assert.match(gap, /^12:04:31\.482 {9}GAP {3}not connected/);
    assert.equal(eventLinkIn.exec(gap), null);
  });

  it("X01 shows no API key that arrived in the traffic", () => {
    const bodies = [
      uplinkBody({ decoded_payload: { key: canaryKey, [canaryKey]: 1, list: [canaryKey] } }),
      uplinkBody({ frm_payload: Buffer.from(canaryKey).toString("base64") }),
      uplinkBody({ decoded_payload_warnings: [canaryKey] }),
      { downlink_failed: { error: { message_format: canaryKey } } },
    ];
    for (const body of bodies) {
      const line = eventLine(entryOf(decode(upTopic(), bytesOf(body))), application);
      assert.doesNotMatch(line, /CANARYCAN|SECRETPART|4E4E5358532E43/, line);
    }
    const topic = eventLine(entryOf(decode(`v2/${canaryKey}`, bytesOf({}))), application);
    assert.doesNotMatch(topic, /CANARYCAN/);
  });
});

describe("event lines: colours", () => {
  interface Rule {
    readonly name?: string;
    readonly match?: string;
    readonly captures?: Readonly<Record<string, Rule>>;
    readonly beginCaptures?: Readonly<Record<string, Rule>>;
    readonly patterns?: readonly Rule[];
    readonly begin?: string;
  }
  const file = path.join(__dirname, "../../media/events.tmLanguage.json");
  const grammar = JSON.parse(readFileSync(file, "utf8")) as Rule;
  /** Red in Light Modern, High Contrast Light or the light default of newer editors, as errors are. */
  const red = /^(?:invalid|string|storage|keyword|entity\.name\.tag|entity\.other\.attribute-name)/;

  function namesOf(rule: Rule): string[] {
    const nested = [
      ...Object.values(rule.captures ?? {}),
      ...Object.values(rule.beginCaptures ?? {}),
      ...(rule.patterns ?? []),
    ];
    return [...(rule.name === undefined ? [] : [rule.name]), ...nested.flatMap(namesOf)];
  }

  it("D7 gives no ordinary data a colour that errors have in any of the four themes", () => {
    const names = namesOf(grammar).filter((name) => name !== grammar.name);
    assert.ok(names.length > 10);
    for (const name of names.filter((each) => red.test(each)))
      assert.match(name, /^invalid\.(?:illegal|deprecated)$/, name);
  });

  it("D7 has no bracket within a set, which the editor's engine takes for another set", () => {
    for (const { match = "" } of grammar.patterns?.flatMap(({ patterns = [] }) => patterns) ?? [])
      assert.doesNotMatch(match.replace(/\\./g, "-"), /\[[^\]]*\[/, match);
  });

  it("D7 finds the columns of every kind of line", () => {
    const main = grammar.patterns?.find(({ begin }) => begin !== undefined);
    const begin = new RegExp(main?.begin ?? "$^");
    for (const { topic, bytes } of golden) {
      const entry = entryOf(decode(topic, bytes));
      for (const names of [false, true]) {
        const found = begin.exec(eventLine(entry, new Application(soilLab), names));
        assert.ok(found, topic);
        assert.equal(found[2], "e41");
        assert.equal(found[8], names ? "soil-lab@ttn" : undefined);
        assert.equal(found[9], "eui-70b3d57ed0051234");
      }
    }
  });
});

describe("event rows: spoken", () => {
  it("D7 says in words what the row abbreviates", () => {
    assert.equal(
      spokenEvent(goldenEntry("up-decoded")),
      "Uplink at 12:04:31, FCnt 114, FPort 2, 6 bytes, battery_mv 3300 illuminance_lux 500 temperature_c 23.7, -92 dBm, 1 gateway",
    );
    assert.equal(
      spokenEvent(goldenEntry("down-ack")),
      "Downlink at 12:04:31, acknowledged, FPort 15, 2 bytes, confirmed",
    );
    for (const { topic, bytes } of golden) {
      const text = spokenEvent(entryOf(decode(topic, bytes)));
      assert.match(text, /^[A-Z][a-z]+(?: \w+)* at 12:04:31, /);
      assert.doesNotMatch(text, /undefined|[#=]| {2}/);
    }
    assert.match(spokenEvent(entryOf(decode(upTopic(), Uint8Array.of(1)))), /cannot be decoded at/);
  });
});
