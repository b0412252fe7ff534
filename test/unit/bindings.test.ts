import assert from "node:assert/strict";
import fc from "fast-check";
import {
  matchDownlink,
  matchUplink,
  maximumBindings,
  readBindings,
  type Binding,
} from "../../src/formatters/workbench/bindings";
import { placeBindings } from "../../src/formatters/workbench/bindingPlaces";
import { covers, placeFor, shiftsOf } from "../../src/formatters/workbench/bindingOrder";
import { devicePatterns } from "../../src/formatters/workbench/devicePatterns";
import { readFPorts } from "../../src/formatters/workbench/fPortList";
import { globMatches } from "../../src/util/glob";
import { canaryKey } from "../support/canary";

const soil = { file: "codecs/soil.js", application: "soil-lab@ttn" };

function bindingsOf(...entries: object[]): readonly Binding[] {
  const { bindings, problems } = readBindings(entries);
  assert.deepEqual(problems, []);
  return bindings;
}

describe("bindings", () => {
  it("reads an entry with all fields, and one with the least", () => {
    const full = { ...soil, devices: "soil-*", fPorts: [2, 3], profile: "3.32" };
    assert.deepEqual(bindingsOf(full, { file: "cayennelpp", application: "open" }), [
      full,
      { file: "cayennelpp", application: "open", devices: "*", fPorts: undefined, profile: "2025" },
    ]);
    assert.equal(bindingsOf({ ...soil, file: "./a/b.cjs" })[0]?.file, "a/b.cjs");
  });

  it("takes no setting for no bindings", () => {
    for (const value of [undefined, null, []])
      assert.deepEqual(readBindings(value), { bindings: [], problems: [] });
    assert.deepEqual(readBindings("x").problems, ["must be a list"]);
  });

  const hostile: readonly (readonly [what: string, entry: unknown, says: RegExp])[] = [
    ["no object", "soil.js", /must be an object/],
    ["a list", [soil], /must be an object/],
    ["null", null, /must be an object/],
    ["no file", { application: "soil-lab" }, /"file" is missing/],
    ["a number for a file", { ...soil, file: 7 }, /"file" is missing/],
    ["a way out of the folder", { ...soil, file: "../../etc/x.js" }, /inside the folder/],
    ["a hidden way out", { ...soil, file: "a/../../x.js" }, /inside the folder/],
    ["a whole path", { ...soil, file: "/etc/x.js" }, /inside the folder/],
    ["a drive", { ...soil, file: "C:/x.js" }, /inside the folder/],
    ["an address", { ...soil, file: "https://x.example/x.js" }, /inside the folder/],
    ["backslashes", { ...soil, file: "..\\x.js" }, /path with \//],
    ["a line break", { ...soil, file: "a\n.js" }, /path with \//],
    ["a long path", { ...soil, file: `${"a".repeat(600)}.js` }, /path with \//],
    ["another language", { ...soil, file: "soil.py" }, /\.js file/],
    ["no application", { file: "a.js" }, /"application" is missing/],
    ["no id", { ...soil, application: "Soil Lab" }, /soil-lab@ttn/],
    ["a key", { ...soil, application: canaryKey }, /API key: remove it/],
    ["strange devices", { ...soil, devices: "soil.*(a|b)" }, /"devices"/],
    ["devices as a list", { ...soil, devices: ["soil-1"] }, /"devices"/],
    ["long devices", { ...soil, devices: "*".repeat(200) }, /"devices"/],
    ["FPort 0", { ...soil, fPorts: [0] }, /"fPorts"/],
    ["FPort 256", { ...soil, fPorts: [256] }, /"fPorts"/],
    ["half an FPort", { ...soil, fPorts: [1.5] }, /"fPorts"/],
    ["no FPort", { ...soil, fPorts: [] }, /"fPorts"/],
    ["an FPort by itself", { ...soil, fPorts: 2 }, /"fPorts"/],
    ["an unknown server", { ...soil, profile: "4.0" }, /"profile" is one of/],
  ];
  for (const [what, entry, says] of hostile) {
    it(`ignores ${what} and says so, without the value`, () => {
      const { bindings, problems } = readBindings([entry, soil]);
      assert.equal(bindings.length, 1);
      const [problem = ""] = problems;
      assert.match(problem, /^entry 1: /);
      assert.match(problem, says);
      assert.ok(!problem.includes(canaryKey));
    });
  }

  it("never throws, whatever the setting holds", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
        const more: readonly unknown[] = Array.isArray(value) ? value : [];
        const { bindings } = readBindings([value, ...more]);
        for (const each of bindings) assert.match(each.file, /^cayennelpp$|\.[cm]?js$/i);
      }),
    );
  });

  it("uses no more than two hundred", () => {
    const { bindings, problems } = readBindings(Array.from({ length: 1_000 }, () => soil));
    assert.equal(bindings.length, maximumBindings);
    assert.equal(problems.length, 1);
  });

  it("finds the first that fits by application, end device and FPort", () => {
    const bound = bindingsOf(
      { ...soil, file: "two.js", devices: "soil-probe-*", fPorts: [2] },
      { ...soil, file: "rest.js", devices: "soil-*" },
      { ...soil, file: "other.js", application: "soil-lab@other" },
    );
    const fileOf = (application: string, deviceId: string, fPort: number) =>
      matchUplink(bound, application, deviceId, fPort)?.file;
    assert.equal(fileOf("soil-lab@ttn", "soil-probe-01", 2), "two.js");
    assert.equal(fileOf("soil-lab@ttn", "soil-probe-01", 3), "rest.js");
    assert.equal(fileOf("soil-lab@ttn", "pump-1", 2), undefined);
    assert.equal(fileOf("soil-lab@other", "pump-1", 9), "other.js");
    assert.equal(fileOf("soil-lab", "soil-1", 2), undefined);
  });

  it("binds downlinks on every FPort, with the one that names it first", () => {
    const bound = bindingsOf(
      { ...soil, file: "up.js", fPorts: [2] },
      { ...soil, file: "down.js", fPorts: [15] },
    );
    assert.equal(matchDownlink(bound, "soil-lab@ttn", "a-1", 15)?.file, "down.js");
    assert.equal(matchDownlink(bound, "soil-lab@ttn", "a-1", 80)?.file, "up.js");
    assert.equal(matchDownlink(bound, "soil-lab@ttn", "a-1", undefined)?.file, "up.js");
    assert.equal(matchDownlink(bound, "other", "a-1", 15), undefined);
  });

  it("reads FPorts as people type them", () => {
    assert.deepEqual(readFPorts("2, 3  200,2"), [2, 3, 200]);
    assert.equal(readFPorts(" "), "all");
    for (const text of ["0", "256", "x", "2;3", "-1", "1e2", "2.5"])
      assert.equal(readFPorts(text), undefined, text);
  });
});

describe("placeBindings", () => {
  const lpp = { file: "cayennelpp", application: "soil-lab@ttn" };
  const places = (...given: Parameters<typeof placeBindings>) => {
    const { placed, problems } = placeBindings(...given);
    return { places: placed.map(({ place }) => place), problems };
  };

  it("looks for files inside the only folder, with its own list or that of the window or user", () => {
    const inside = [{ folder: 0, path: "codecs/soil.js" }, undefined];
    const entries = [soil, lpp];
    const expected = { places: inside, problems: [] };
    assert.deepEqual(places([{ name: "farm", value: entries }], [soil, soil]), expected);
    assert.deepEqual(places([{ name: "farm", value: undefined }], entries), expected);
  });

  it("keeps the files of several folders apart; in the window's list a path begins with a folder", () => {
    const folders = [
      { name: "farm", value: [soil] },
      { name: "lab", value: [{ ...soil, file: "x.js" }] },
    ];
    const shared = [{ ...soil, file: "lab/y.js" }, soil, lpp];
    assert.deepEqual(places(folders, shared), {
      places: [
        { folder: 0, path: "codecs/soil.js" },
        { folder: 1, path: "x.js" },
        { folder: 1, path: "y.js" },
        undefined,
      ],
      problems: ["codecs/soil.js: begin with the name of a folder of this window"],
    });
  });

  it("takes only the built-in formatter where no folder is open", () => {
    assert.deepEqual(places([], [lpp, soil]), {
      places: [undefined],
      problems: ["codecs/soil.js: there is no folder that it could be in"],
    });
  });
});

describe("glob", () => {
  const part = fc.stringMatching(/^[a-c]{0,3}$/);

  it("matches exactly what the pattern's parts with anything between make", () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.array(part), (parts, fill) => {
        const text = parts.map((each, index) => each + (fill[index] ?? "")).join("");
        const ends = fill[parts.length - 1] ?? "";
        assert.ok(globMatches(`${parts.join("*")}*`, text));
        if (ends === "") assert.ok(globMatches(parts.join("*"), text));
      }),
    );
  });

  it("agrees with a regular expression", () => {
    const pattern = fc.stringMatching(/^[ab*]{0,8}$/);
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[ab]{0,10}$/), (glob, text) => {
        const expression = new RegExp(`^${glob.replaceAll("*", ".*")}$`);
        assert.equal(globMatches(glob, text), expression.test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is quick where a regular expression would never end", () => {
    const start = performance.now();
    assert.equal(globMatches(`${"*a".repeat(45)}b`, "a".repeat(36)), false);
    assert.ok(performance.now() - start < 100);
  });
});

describe("The place of a new binding", () => {
  const binding = (devices: string, file = "new.js", fPorts?: readonly number[]): Binding => ({
    ...{ file, application: "soil-lab@ttn", devices, fPorts, profile: "2025" },
  });

  it("covers what a pattern is for, whatever stands for the stars", () => {
    for (const [one, other, is] of [
      ["*", "soil-*", true],
      ["soil-*", "soil-*", true],
      ["soil-*", "soil-1", true],
      ["soil-*", "*", false],
      ["*-1", "soil-*", false],
      ["s*1", "soil-*1", true],
      ["soil-1", "soil-*", false],
    ] as const) {
      assert.equal(covers(binding(one), binding(other)), is, `${one} ${other}`);
    }
    assert.equal(covers(binding("*"), binding("*", "a.js", [2])), true);
    assert.equal(covers(binding("*", "a.js", [2]), binding("*")), false);
    assert.equal(covers(binding("*", "a.js", [2, 3]), binding("*", "a.js", [3])), true);
    assert.equal(covers(binding("*"), { ...binding("*"), application: "other" }), false);
  });

  it("is behind narrower ones and before wider ones", () => {
    const places = (others: readonly string[], added: string) =>
      placeFor(
        others.map((devices) => (devices === "?" ? undefined : binding(devices, "old.js"))),
        binding(added),
      );
    assert.equal(places(["soil-1", "soil-*"], "*"), 2);
    assert.equal(places(["soil-1", "*"], "soil-*"), 1);
    assert.equal(places(["?", "soil-*", "?"], "soil-7"), 1);
    assert.equal(places(["pump-*"], "soil-*"), 0);
    assert.equal(places([], "*"), 0);
    // The narrowest is used, whatever the order in which they were bound.
    fc.assert(
      fc.property(fc.shuffledSubarray(["*", "s*", "soil-*", "soil-1*", "soil-123"]), (order) => {
        const list: Binding[] = [];
        for (const devices of order) {
          const added = binding(devices, devices);
          list.splice(placeFor(list, added), 0, added);
        }
        const sorted = [...order].sort((a, b) => b.length - a.length);
        assert.deepEqual(
          list.map(({ devices }) => devices),
          sorted,
        );
      }),
    );
  });

  it("says which end devices come out otherwise, and which stay with another file", () => {
    const old = binding("soil-*", "old.js");
    const narrow = binding("soil-1", "one.js");
    const added = binding("*");
    const speakers = ["soil-1", "soil-2", "pump-1"].map((deviceId) => ({ deviceId, fPort: 2 }));
    assert.deepEqual(shiftsOf([narrow, old], [added, narrow, old], added, speakers), {
      taken: [
        { file: "one.js", devices: ["soil-1"] },
        { file: "old.js", devices: ["soil-2"] },
      ],
      kept: [],
    });
    assert.deepEqual(shiftsOf([narrow, old], [narrow, old, added], added, speakers), {
      taken: [],
      kept: [
        { file: "one.js", devices: ["soil-1"] },
        { file: "old.js", devices: ["soil-2"] },
      ],
    });
    const ports = binding("*", "new.js", [9]);
    assert.deepEqual(shiftsOf([old], [ports, old], ports, speakers), { taken: [], kept: [] });
  });

  it("is offered for end devices of one kind, those of the file's name first", () => {
    const ids = [
      ...["pump-1", "pump-2", "pump-3", "soil-probe-01", "soil-probe-02", "pumphouse-1"],
      ...["eui-70b3d57ed0000012", "70b3d57ed0000012", "cold-room", "12"],
    ];
    const patterns = (path: string, list = ids) =>
      devicePatterns(path, list).map(({ pattern }) => pattern);
    assert.deepEqual(patterns("codecs/soilProbe.js")[0], "soil-probe-*");
    assert.deepEqual(patterns("codecs/pump-controller.js")[0], "pump-*");
    assert.deepEqual(patterns("vendor/soil/decoder.js")[0], "soil-probe-*");
    assert.deepEqual(patterns("codecs/decoder.js"), ["pump-*", "soil-probe-*", "pumphouse-*"]);
    assert.ok(patterns("codecs/pump.js").every((each) => !each.startsWith("eui")));
    // With the pumps a pump-house would be bound, too.
    assert.deepEqual(patterns("pump.js", ["pump-1", "pump-house-1"]), ["pump-house-*"]);
  });
});
