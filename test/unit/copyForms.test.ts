import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyForms, type CopySource } from "../../src/stack/copyForms";
import { soilLab, upTopic } from "../support/fixtures";

const source: CopySource = {
  settings: soilLab,
  topic: upTopic("probe-1"),
  deviceId: "probe-1",
  bytes: Uint8Array.from([0x48, 0x69]),
};

const textsOf = (change: Partial<CopySource> = {}) =>
  new Map(
    copyForms({ ...source, ...change }).map(({ label, text }) => [label.split(" (", 1)[0], text]),
  );

describe("copyForms", () => {
  it("writes a message in every form people paste", () => {
    assert.deepEqual(
      [...textsOf()],
      [
        ["Hex", "4869"],
        ["Base64", "SGk="],
        ["Text", "Hi"],
        ["C array", "const uint8_t payload[] = { 0x48, 0x69 };"],
        [
          "mosquitto_sub command",
          'mosquitto_sub -h eu1.cloud.thethings.network -p 8883 --tls-use-os-certs -u soil-lab@ttn -P "$TTS_API_KEY" -t v3/soil-lab@ttn/devices/probe-1/up -v',
        ],
        [
          "curl command",
          'curl -s -H "Authorization: Bearer $TTS_API_KEY" https://eu1.cloud.thethings.network/api/v3/as/applications/soil-lab/devices/probe-1/down',
        ],
        ["Topic", "v3/soil-lab@ttn/devices/probe-1/up"],
      ],
    );
  });

  it("leaves out what there is not", () => {
    const labels = [...textsOf({ bytes: undefined, deviceId: undefined }).keys()];
    assert.deepEqual(labels, ["mosquitto_sub command", "Topic"]);
    assert.equal(textsOf({ bytes: Uint8Array.of(0xff) }).has("Text"), false);
  });

  it("names the certificate file, or no TLS, as the settings do", () => {
    const withFile = textsOf({ settings: { ...soilLab, caFile: "/my certs/ca.pem" } });
    assert.match(withFile.get("mosquitto_sub command") ?? "", / --cafile '\/my certs\/ca\.pem' /);
    const plain = textsOf({ settings: { ...soilLab, security: "plaintext", port: 1883 } });
    assert.doesNotMatch(plain.get("mosquitto_sub command") ?? "", /tls|cafile/);
  });

  it("is one harmless word for the shell when a topic is hostile", function () {
    if (process.platform === "win32") this.skip();
    for (const topic of [
      "v3/$(touch x)/`id`",
      "a'; rm -rf /; '",
      "x\ny",
      '"$HOME"',
      "-v",
      "a b",
      "\\",
    ]) {
      const command = textsOf({ topic }).get("mosquitto_sub command") ?? "";
      // The shell itself tells how it reads the words; nothing of them runs but printf.
      const printed = execFileSync(
        "/bin/sh",
        ["-c", command.replace("mosquitto_sub", "printf '%s\\0'")],
        { env: {} },
      );
      const words = printed.toString().split("\0");
      assert.equal(words[words.indexOf("-t") + 1], topic);
      assert.deepEqual(words.slice(words.indexOf("-t") + 2), ["-v", ""]);
    }
  });
});
