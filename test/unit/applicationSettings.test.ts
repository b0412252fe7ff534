import assert from "node:assert/strict";
import fc from "fast-check";
import {
  applicationKey,
  applicationProblem,
  hostProblem,
  parseApplicationSettings,
  portProblem,
} from "../../src/stack/applicationSettings";
import { apiKeyProblem, findApiKey, isUsualApiKey } from "../../src/stack/identifiers";
import { canaryKey, soilLab, soilLabKey } from "../support/fixtures";

const entry: Readonly<Record<string, unknown>> = { ...soilLab };

function problemOf(value: unknown): string | undefined {
  const parsed = parseApplicationSettings(value);
  return "problem" in parsed ? parsed.problem : undefined;
}

describe("applicationSettings: what is typed", () => {
  const badHosts: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /Enter the host/],
    ["a b.example.com", /no spaces/],
    ["user:pw@lns.example.com", /user name/],
    ["lns.example.com/console", /path/],
    ["https://lns.example.com", /:\/\//],
    ["lns.example.com:8883", /port/],
    ["h".repeat(300), /Longer/],
    ["b\u00fccher.example", /xn--bcher-kva\.example/],
    ["-lns.example.com", /Not a host/],
    ["lns..example.com", /Not a host/],
    [`${"a".repeat(64)}.example.com`, /Not a host/],
    ["lns!.example.com", /Not a host/],
  ];
  for (const [text, message] of badHosts) {
    it(`C37 refuses the host ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.match(hostProblem(text) ?? "accepted", message);
    });
  }

  it("C37 accepts names and addresses", () => {
    for (const text of [
      "eu1.cloud.thethings.network",
      "localhost",
      "10.0.0.7",
      "::1",
      "2001:db8::1",
      "nas",
      "xn--bcher-kva.example",
    ]) {
      assert.equal(hostProblem(text), undefined, text);
    }
  });

  it("C37 refuses ports that are none", () => {
    for (const port of [
      0,
      65_536,
      70_000,
      "8883x",
      -1,
      "-1",
      "",
      " 8883",
      "8883.5",
      "1e3",
      NaN,
      1e9,
    ]) {
      assert.match(portProblem(port) ?? "accepted", /1 to 65535/, String(port));
    }
    for (const port of [1, 65_535, "8883"]) assert.equal(portProblem(port), undefined);
  });

  it("S01 refuses a key and does not repeat it when it is typed in the wrong place", () => {
    for (const text of [
      canaryKey,
      `x ${canaryKey}`,
      canaryKey.toLowerCase(),
      canaryKey.replace("NNSXS", "MFRWG"),
      canaryKey.slice(0, 30),
    ]) {
      for (const message of [applicationProblem(text), hostProblem(text)]) {
        assert.match(message ?? "accepted", /looks like an API key/);
        assert.doesNotMatch(message ?? "", /CANARY|SECRET/i);
      }
      for (const name of ["application", "host", "label", "caFile"]) {
        const message = problemOf({ ...entry, [name]: text });
        assert.notEqual(message, undefined, name);
        assert.doesNotMatch(message ?? "", /CANARY|SECRET/i);
      }
    }
  });

  it("refuses an application id that breaks the grammar", () => {
    for (const text of ["", "ab", "Soil-Lab", "soil_lab", "soil-lab@", "soil-lab@t", "soil lab"]) {
      assert.notEqual(applicationProblem(text), undefined, text);
    }
    for (const text of ["soil-lab", "soil-lab@ttn"])
      assert.equal(applicationProblem(text), undefined);
  });
});

describe("applicationSettings: entries of the setting", () => {
  it("reads an entry with all its parts, and only those", () => {
    const whole = {
      ...entry,
      label: "Soil",
      caFile: "/ca.pem",
      connectOnStartup: true,
      production: true,
    };
    assert.deepEqual(parseApplicationSettings({ ...whole, apiKey: "x" }), { settings: whole });
    assert.deepEqual(parseApplicationSettings(entry), { settings: soilLab });
  });

  it("takes TLS on 8883 when neither security nor port is given", () => {
    const short = { application: "soil-lab@ttn", host: soilLab.host };
    assert.deepEqual(parseApplicationSettings(short), { settings: soilLab });
  });

  const wrong: readonly unknown[] = [-1, 1e9, "5000", null, [], NaN, {}];
  for (const name of [
    "application",
    "host",
    "port",
    "security",
    "label",
    "caFile",
    "connectOnStartup",
    "production",
  ]) {
    it(`S15 refuses an entry when its ${name} has the wrong type`, () => {
      for (const value of wrong) {
        const isText = (name === "label" || name === "caFile") && typeof value === "string";
        const isName = name === "host" && value === "5000";
        const isId = name === "application" && value === "5000";
        const message = problemOf({ ...entry, [name]: value });
        if (isText || isName || isId) assert.equal(message, undefined);
        else assert.match(message ?? "accepted", new RegExp(`^${name} `), JSON.stringify(value));
      }
    });
  }

  for (const value of [null, undefined, 7, "soil-lab@ttn", [], [entry], () => entry]) {
    it(`S16 refuses an entry that is ${JSON.stringify([value])}`, () => {
      assert.notEqual(problemOf(value), undefined);
    });
  }

  it("S16 never throws, and keeps to its shape, when entries are anything", () => {
    const loose = fc.record(
      {
        application: fc.oneof(fc.constant("soil-lab@ttn"), fc.anything()),
        host: fc.oneof(fc.constant("lns.example.com"), fc.anything()),
        port: fc.oneof(fc.constant(8883), fc.anything()),
        security: fc.oneof(fc.constantFrom("tls", "plaintext"), fc.anything()),
        label: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything({ withNullPrototype: true }), loose), (value) => {
        const parsed = parseApplicationSettings(value);
        if ("problem" in parsed) return;
        assert.equal(applicationProblem(parsed.settings.application), undefined);
        assert.equal(hostProblem(parsed.settings.host), undefined);
        assert.equal(portProblem(parsed.settings.port), undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it("S16 ignores what only a prototype has", () => {
    const polluted = JSON.parse(
      '{"__proto__":{"application":"soil-lab@ttn","host":"lns.example.com"}}',
    ) as unknown;
    assert.notEqual(problemOf(polluted), undefined);
  });

  it("S11 has another key when host, port or application differ", () => {
    assert.equal(applicationKey(soilLab), soilLabKey);
    const others = [{ host: "lns.example.com" }, { port: 1883 }, { application: "soil-lab" }];
    const keys = others.map((change) => applicationKey({ ...soilLab, ...change }));
    assert.equal(new Set([soilLabKey, ...keys]).size, 4);
  });

  it("has the same key on every port when it has an identity, which no setting can give", () => {
    const demo = { ...soilLab, identity: "demo-network" };
    assert.equal(applicationKey(demo), applicationKey({ ...demo, host: "::1", port: 1 }));
    assert.notEqual(applicationKey(demo), soilLabKey);
    assert.deepEqual(parseApplicationSettings({ ...entry, identity: "demo-network" }), {
      settings: soilLab,
    });
  });
});

describe("API keys as typed", () => {
  const bad = [
    "",
    "NNSXS",
    "NNSXS.A",
    "NNSXS.A.",
    ".A.B",
    "NNSXS.A.B.C",
    "OJSWM.A.B",
    "nnsxs.A.B",
    `${canaryKey} `,
    `${canaryKey}\n`,
    `NNSXS.A.${"B".repeat(2_000)}`,
  ];
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))} without repeating it`, () => {
      const message = apiKeyProblem(text);
      assert.notEqual(message, undefined);
      assert.doesNotMatch(message ?? "", /CANARY/);
    });
  }

  it("accepts what the server would look up, and knows the Console's own form", () => {
    for (const text of [canaryKey, "MFRWG.AB.CD", "NNSXS.A.B"])
      assert.equal(apiKeyProblem(text), undefined);
    assert.equal(isUsualApiKey(canaryKey), true);
    assert.equal(isUsualApiKey("NNSXS.A.B"), false);
    assert.equal(findApiKey(`before${canaryKey}after`.replace("after", "!")), canaryKey);
    assert.equal(findApiKey("NNSXS.VEEBURF3KR77ZR.."), undefined);
  });
});
