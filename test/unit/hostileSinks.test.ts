/** Every part of every real message made hostile, followed to every place that shows it. Source: reliability §6.3, R17, R19. */
import assert from "node:assert/strict";
import type * as CopyDiagnostics from "../../src/commands/events/copyDiagnostics";
import type { EventEntry } from "../../src/model/eventStore";
import { downlinkEvidence } from "../../src/model/downlinkEvidence";
import { Model } from "../../src/model/model";
import { applicationKey } from "../../src/stack/applicationSettings";
import { decode } from "../../src/stack/decode";
import { hiddenCharacters } from "../../src/stack/visible";
import { connectionSummary } from "../../src/views/connectionText";
import { toRows } from "../../src/views/downlink/downlinkRows";
import { eventLine, maximumLine } from "../../src/views/log/eventLine";
import type * as Documents from "../../src/views/log/messageDocuments";
import { messageJson } from "../../src/views/log/messageJson";
import { deviceFacts } from "../../src/views/tree/deviceFacts";
import type * as TreeItems from "../../src/views/tree/treeItems";
import { TreeNodes, type TreeNode } from "../../src/views/tree/treeNodes";
import { fakeVscode, installFakeVscode } from "../support/fakeVscode";
import {
  bytesOf,
  changedAt,
  golden,
  parseBody,
  pathsOf,
  soilLab,
  type Fixture,
  type Json,
} from "../support/fixtures";
import { tutorialMessages } from "../support/tutorial";

const now = Date.parse("2026-02-23T09:15:11Z");

/** Terminal commands, a line break, turned and invisible text, half a character, markup of every sort. */
const nasty =
  "\u001b[2J\u0007\r\n\u0000\u009b\u202egnp\u2066\u200b\ufeff\u2028\u2029\u{e0041}\ud800" +
  "[x](command:y) $(trash) <img src=x> `${TM_FILEPATH}` e\u0301\u0301\u0301\u0301\u0301\u0301";

const others: readonly (Json | undefined)[] = [
  ...[undefined, null, 7.5, -1, 1e308, "", nasty, true],
  ...[[], [nasty], [[{}]], {}, { [nasty]: nasty }, { "": [nasty], then: 1, toJSON: 1 }],
];

/** A line of text, or one of several lines where the place has more than one. */
interface Shown {
  readonly place: string;
  readonly text: string;
}

describe("hostile parts of real messages, in every place that shows them", function () {
  this.timeout(30_000);
  let treeItem: typeof TreeItems.treeItem;
  let MessageDocuments: typeof Documents.MessageDocuments;
  let diagnosticsReport: typeof CopyDiagnostics.diagnosticsReport;

  before(async () => {
    installFakeVscode();
    ({ treeItem } = await import("../../src/views/tree/treeItems"));
    ({ MessageDocuments } = await import("../../src/views/log/messageDocuments"));
    ({ diagnosticsReport } = await import("../../src/commands/events/copyDiagnostics"));
  });

  /** A model that follows the downlinks of the message as its own. */
  function modelFor({ topic, bytes }: Fixture): Model {
    const model = new Model({ maximumMessages: 20, maximumBytes: 1_000_000 });
    const [, application = "", , deviceId = ""] = topic.split("/");
    const settings = { ...soilLab, application };
    model.setApplications([settings]);
    const target = {
      applicationKey: applicationKey(settings),
      deviceId,
      operation: "push",
    } as const;
    for (const correlationId of downlinkIdsOf(parseBody(bytes))) {
      const payload = { fPort: 15, bytes: Uint8Array.of(1), fields: undefined };
      const rest = { priority: "NORMAL", confirmed: true, userCorrelationIds: [] } as const;
      model.downlinks.begin(target, [{ ...payload, ...rest, correlationId }], now);
    }
    return model;
  }

  /** What every place shows after the message came. */
  function* shownAfter(model: Model, topic: string, bytes: Uint8Array): Generator<Shown> {
    const [application] = model.applications;
    assert.ok(application);
    const { key } = application;
    model.apply(key, topic, decode(topic, bytes), bytes, now);
    const id = model.events.nextEventId - 1;
    const entry = model.events.get(id);
    assert.ok(entry);
    yield { place: "event line", text: eventLine(entry, application) };
    yield* treeTexts(new TreeNodes(model), model, entry);
    yield* linesOf("document", messageJson(entry, model.events.rawOf(id)));
    const documents = new MessageDocuments(model);
    for (const { label, description } of documents.choices([entry])) {
      yield { place: "list of messages", text: `${label} ${description}` };
    }
    documents.dispose();
    const { rows } = toRows(
      model.downlinks.of(key),
      now,
      downlinkEvidence(model, key, application.label),
    );
    yield* stringsOf("panel row", rows);
    const diagnostics = { latest: () => [] } as unknown as Parameters<
      typeof diagnosticsReport
    >[0]["diagnostics"];
    yield* linesOf("report", diagnosticsReport({ model, diagnostics }, now));
    yield* linesOf("status bar", connectionSummary(application, now));
  }

  function* treeTexts(nodes: TreeNodes, model: Model, entry: EventEntry): Generator<Shown> {
    for (const parent of nodes.applications()) {
      const devices = nodes.devices(parent.application);
      const below = devices.flatMap((device): TreeNode[] => [
        ...deviceFacts(device.device, now).map(([name, value]) => ({
          type: "fact" as const,
          parent: device,
          name,
          value,
        })),
        { type: "event", parent: device, entry },
      ]);
      for (const node of [parent, ...devices, ...below]) {
        const item = treeItem(node, now) as unknown as Record<string, unknown> & {
          readonly parts: readonly unknown[];
        };
        const [label] = item.parts;
        yield* stringsOf(`${node.type} row`, [label, item.description]);
        yield* stringsOf(`${node.type} row, spoken`, [item.accessibilityInformation]);
        yield* linesOf(`${node.type} tooltip`, String(item.tooltip));
      }
    }
    assert.equal(model.applications.length, 1);
  }

  for (const fixture of [...golden, ...tutorialMessages]) {
    it(`P05 P06 P20 P21 P30 keeps ${fixture.name} harmless and readable whatever one part of it is`, () => {
      const body = parseBody(fixture.bytes);
      const model = modelFor(fixture);
      const places = new Set<string>();
      for (const path of pathsOf(body)) {
        for (const other of others) {
          const bytes = bytesOf(changedAt(body, path, other));
          for (const { place, text } of shownAfter(model, fixture.topic, bytes)) {
            places.add(place);
            hiddenCharacters.lastIndex = 0;
            const message = () => `${place}: ${path.join(".")} = ${JSON.stringify(other)}: ${text}`;
            assert.ok(!hiddenCharacters.test(text), message());
            if (place !== "document" && place !== "report")
              assert.ok(!/\bNaN\b|undefined|Infinity|\[object /.test(text), message());
            assert.ok(text.length <= maximumLine, message());
          }
        }
      }
      for (const place of ["event line", "event row", "device tooltip", "document", "report"])
        assert.ok(places.has(place), place);
      assert.equal(places.has("panel row"), downlinkIdsOf(body).length > 0);
      assert.deepEqual(fakeVscode.messages, [], "nothing pops up");
    });
  }
});

/** The correlation ids inside the downlinks of a message. */
function downlinkIdsOf(body: Json): string[] {
  return pathsOf(body).flatMap((path) => {
    const [key] = path;
    if (typeof key !== "string" || !key.startsWith("downlink")) return [];
    const value = path.reduce<unknown>((at, name) => Reflect.get(Object(at), name), body);
    return path.at(-2) === "correlation_ids" && typeof value === "string" ? [value] : [];
  });
}

function* linesOf(place: string, text: string): Generator<Shown> {
  for (const line of text.split("\n")) yield { place, text: line };
}

/** Every text in a value, names of fields included. */
function* stringsOf(place: string, value: unknown): Generator<Shown> {
  if (typeof value === "string") yield { place, text: value };
  else if (typeof value === "object" && value !== null) {
    for (const [name, child] of Object.entries(value)) {
      yield { place, text: name };
      yield* stringsOf(place, child);
    }
  }
}
