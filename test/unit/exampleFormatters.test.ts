/** The example's payload formatters in the sandbox, against what the demo network's server decodes. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pumpController } from "../../src/demo/devices/pumpController";
import { soilProbe } from "../../src/demo/devices/soilProbe";
import { wellMeter } from "../../src/demo/devices/wellMeter";
import { readBindings } from "../../src/formatters/workbench/bindings";
import { createFormatter } from "../../src/formatters/createFormatter";
import { isSame } from "../../src/formatters/workbench/differences";
import { runTestCase } from "../../src/formatters/testCases/testCaseRun";
import { parseTestFile } from "../../src/formatters/testCases/testCases";
import { findEntries } from "../../src/formatters/script/entries";
import type { Formatter } from "../../src/formatters/formatter";
import { parseJson } from "../../src/stack/jsonText";

const folder = path.join("test", "fixtures", "demo-farm");

const cases = [
  { file: "soil-probe.js", device: soilProbe(), fPort: 2, length: 6 },
  { file: "pump-controller.js", device: pumpController(), fPort: 3, length: 4 },
  { file: "well-meter.js", device: wellMeter(), fPort: 7, length: 2 },
] as const;

describe("The example's formatters", function () {
  this.timeout(20_000);
  let formatter: Formatter;

  afterEach(() => formatter.dispose());

  for (const { file, device, fPort, length } of cases) {
    it(`decode with ${file} what the server of the demo network decodes`, async () => {
      formatter = createFormatter(await readFile(path.join(folder, "formatters", file), "utf8"));
      const decode = device.endDevice.formatters?.decodeUplink;
      assert.ok(decode);
      const frames = Array.from({ length: 40 }, (_, index) =>
        Uint8Array.from({ length }, (_, at) => (index * 37 + at * 101) % 256),
      );
      const answers = await formatter.decodeUplinks(frames.map((bytes) => ({ bytes, fPort })));
      answers.forEach(({ result, error }, index) => {
        assert.equal(error, undefined);
        const server = decode(frames[index] ?? new Uint8Array(), fPort);
        assert.ok(server && "data" in server);
        assert.ok(isSame(result.decoded_payload, server.data), JSON.stringify(result));
        assert.deepEqual(result.decoded_payload_warnings ?? [], server.warnings ?? []);
      });
    });
  }

  it("encode commands for the pump, and read them back", async () => {
    formatter = createFormatter(
      await readFile(path.join(folder, "formatters", "pump-controller.js"), "utf8"),
    );
    const data = { valve: "open", minutes: 300 };
    const { result } = await formatter.encodeDownlink({ data, fPort: 1 });
    assert.deepEqual(result, {
      f_port: 15,
      frm_payload: [1, 1, 44],
      warnings: ["the tank is empty after 120 minutes"],
    });
    const back = await formatter.decodeDownlink({ bytes: result.frm_payload, fPort: 15 });
    assert.deepEqual(back.result?.decoded_payload, data);
  });

  it("pass their tests of captured frames", async () => {
    const read = (file: string) => readFile(path.join(folder, "formatters", file), "utf8");
    const { cases: tests, problems } = parseTestFile(
      await read("soil-probe.formatter-tests.json"),
      "json",
    );
    assert.deepEqual(problems, []);
    assert.equal(tests.length, 4);
    formatter = createFormatter(await read("soil-probe.js"));
    for (const test of tests) {
      assert.equal(test.formatter, "soil-probe.js");
      const { failure } = await runTestCase(formatter, test);
      assert.equal(failure, undefined, test.name);
    }
    formatter.dispose();
    // What is expected is not what any formatter gives.
    formatter = createFormatter((await read("soil-probe.js")).replace("/ 100,", "/ 10,"));
    const outcomes = await Promise.all(tests.map((test) => runTestCase(formatter, test)));
    assert.equal(outcomes.filter(({ failure }) => failure).length, 3);
  });

  it("are bound by settings without a fault, to files with an entry", async () => {
    formatter = createFormatter("");
    const settings = parseJson(await readFile(path.join(folder, ".vscode", "settings.json")));
    assert.ok("value" in settings);
    const value = (settings.value as Record<string, unknown>)["thethingsstack.formatters"];
    const { bindings, problems } = readBindings(value);
    assert.deepEqual(problems, []);
    assert.equal(bindings.length, 3);
    for (const { file } of bindings.filter((each) => each.file.endsWith(".js"))) {
      assert.ok(findEntries(await readFile(path.join(folder, file), "utf8")).length > 0, file);
    }
  });
});
