import assert from "node:assert/strict";
import type { Outcome } from "../../src/formatters/workbench/outcome";
import { localMark, localValues } from "../../src/views/tree/localMarks";

const result = { milliseconds: 1, result: { decoded_payload: { temperature: 22.4 } } };
const failure = { milliseconds: 1, error: { name: "script", code: "ABORTED", message: "boom" } };

function outcome(answer: Outcome["answer"], agrees: boolean | undefined): Outcome {
  const frame = {
    ...{ eventId: 1, applicationKey: "key", application: "soil-lab@ttn", deviceId: "soil-1" },
    ...{ fCnt: 1, fPort: 2, bytes: new Uint8Array(1) },
  };
  return { frame, formatter: "soil.js", answer, agrees, changed: undefined, varying: [] };
}

describe("localMarks", () => {
  it("says nothing where nothing is bound or the server agrees", () => {
    for (const each of [undefined, outcome(result, true)]) {
      assert.equal(localMark(each), undefined);
      assert.equal(localValues(each), "");
    }
  });

  it("marks what differs and what fails", () => {
    assert.equal(localMark(outcome(result, false)), "local differs from server");
    assert.equal(localMark(outcome(failure, false)), "local formatter fails");
    assert.equal(localMark(outcome(failure, undefined)), "local formatter fails");
  });

  it("gives the values where the server decoded nothing", () => {
    assert.equal(localValues(outcome(result, undefined)), "temperature=22.4");
    assert.equal(localMark(outcome(result, undefined)), undefined);
    assert.equal(localValues(outcome(result, false)), "");
  });
});
