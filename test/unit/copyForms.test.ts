import assert from "node:assert/strict";
import type { CopySource } from "../../src/stack/copyAs/copySource";
import { shellFrom, shells, type Shell } from "../../src/stack/copyAs/shells";
import { copyForms } from "../../src/stack/copyAs/copyForms";
import { soilLab, upTopic } from "../support/fixtures";

const source: CopySource = {
  server: soilLab,
  hasHttpApi: true,
  topic: upTopic("probe-1"),
  deviceId: "probe-1",
  bytes: Uint8Array.from([0x48, 0x69]),
  downlink: {
    fPort: 15,
    payload: { bytes: Uint8Array.from([0x48, 0x69]) },
    priority: "HIGH",
    confirmed: true,
  },
};

const textsOf = (change: Partial<CopySource> = {}, shell: Shell = "bash") =>
  new Map(copyForms({ ...source, ...change }, shell).map(({ label, text }) => [label, text]));

const body =
  '{"downlinks":[{"f_port":15,"frm_payload":"SGk=","priority":"HIGH","confirmed":true}]}';
const login =
  '-h eu1.cloud.thethings.network -p 8883 --tls-use-os-certs -u soil-lab@ttn -P "$TTS_API_KEY"';
const url =
  "https://eu1.cloud.thethings.network/api/v3/as/applications/soil-lab/devices/probe-1/down";

describe("copyForms", () => {
  it("writes a downlink in every form people paste", () => {
    const texts = textsOf();
    const commands = [...texts].filter(([label]) => !/^(Node|Python)/.test(label));
    assert.deepEqual(commands, [
      ["Hex", "4869"],
      ["Base64", "SGk="],
      ["Text", "Hi"],
      ["C array", "const uint8_t payload[2] = { 0x48, 0x69 };"],
      [
        "mosquitto_pub: send",
        `mosquitto_pub ${login} -t v3/soil-lab@ttn/devices/probe-1/down/push -q 1 -m '${body}'`,
      ],
      [
        "curl: send",
        `curl -sS ${url}/push -H "Authorization: Bearer $TTS_API_KEY" -H 'Content-Type: application/json' -d '${body}'`,
      ],
      [
        "ttn-lw-cli: send",
        "ttn-lw-cli end-devices downlink push soil-lab probe-1 --f-port 15 --frm-payload 4869 --priority HIGH --confirmed",
      ],
      ["Downlink as JSON", body],
      ["mosquitto_sub: watch", `mosquitto_sub ${login} -t v3/soil-lab@ttn/devices/probe-1/up -v`],
      ["curl: list the downlink queue", `curl -sS ${url} -H "Authorization: Bearer $TTS_API_KEY"`],
      [
        "ttn-lw-cli: list the downlink queue",
        "ttn-lw-cli end-devices downlink list soil-lab probe-1",
      ],
      ["Topic", "v3/soil-lab@ttn/devices/probe-1/up"],
    ]);
    assert.match(texts.get("Node: send") ?? "", /publishAsync/);
    assert.match(texts.get("Python: send") ?? "", /publish\.single/);
  });

  it("writes the same commands for PowerShell 5.1 and 7, with the body through standard input", () => {
    const texts = textsOf({}, "powershell");
    assert.equal(
      texts.get("mosquitto_pub: send"),
      `'${body}' | mosquitto_pub -h 'eu1.cloud.thethings.network' -p 8883 --tls-use-os-certs ` +
        `-u 'soil-lab@ttn' -P "$env:TTS_API_KEY" -t 'v3/soil-lab@ttn/devices/probe-1/down/push' -q 1 -s`,
    );
    assert.equal(
      texts.get("curl: send"),
      `'${body}' | curl.exe -sS '${url}/push' -H "Authorization: Bearer $env:TTS_API_KEY" ` +
        `-H 'Content-Type: application/json' -d '@-'`,
    );
  });

  it("writes the same commands for cmd", () => {
    const texts = textsOf({}, "cmd");
    assert.equal(
      texts.get("mosquitto_pub: send"),
      `echo ${body}| mosquitto_pub ${login.replace("$TTS_API_KEY", "%TTS_API_KEY%")} ` +
        "-t v3/soil-lab@ttn/devices/probe-1/down/push -q 1 -s",
    );
    assert.equal(
      texts.get("curl: send"),
      `echo ${body}| curl -sS ${url}/push -H "Authorization: Bearer %TTS_API_KEY%" ` +
        `-H "Content-Type: application/json" -d @-`,
    );
  });

  it("leaves out what there is not", () => {
    const nothing = { bytes: undefined, deviceId: undefined, downlink: undefined };
    const watch = ["mosquitto_sub: watch", "Node: watch", "Python: watch", "Topic"];
    assert.deepEqual([...textsOf(nothing).keys()], watch);
    for (const byte of [0xff, 0x00, 0x1b]) {
      assert.equal(textsOf({ bytes: Uint8Array.of(0x48, byte) }).has("Text"), false);
    }
    assert.equal(textsOf({ bytes: Uint8Array.of(0x48, 0x0a) }).get("Text"), "H\\u{a}");
    const bidi = Buffer.from("a\u202eb\u2028c\u200b");
    assert.equal(textsOf({ bytes: bidi }).get("Text"), "a\\u{202e}b\\u{2028}c\\u{200b}");
    const topic = textsOf({ topic: "v3/x\u202e\n/up" }).get("Topic");
    assert.equal(topic, "v3/x\\u{202e}\\u{a}/up");
    assert.equal(textsOf({ bytes: new Uint8Array() }).has("C array"), false);
    const demo = [...textsOf({ hasHttpApi: false }).keys()];
    assert.equal(demo.filter((label) => /curl|ttn-lw-cli/.test(label)).length, 0);
    assert.ok(demo.includes("mosquitto_pub: send"));
  });

  it("offers ttn-lw-cli no fields and no empty frame, which it cannot send", () => {
    const send = (payload: NonNullable<CopySource["downlink"]>["payload"]) =>
      textsOf({ downlink: { fPort: 1, payload, priority: "NORMAL", confirmed: false } });
    assert.equal(send({ fields: { valve: "open" } }).has("ttn-lw-cli: send"), false);
    assert.equal(send({ bytes: new Uint8Array() }).has("ttn-lw-cli: send"), false);
    const json = send({ fields: { valve: "open" } }).get("Downlink as JSON");
    assert.equal(
      json,
      '{"downlinks":[{"f_port":1,"decoded_payload":{"valve":"open"},"priority":"NORMAL"}]}',
    );
  });

  it("keeps the number of attempts, and class B and C", () => {
    const payload = { bytes: Uint8Array.of(1) };
    const plain = { fPort: 1, payload, priority: "LOW", confirmed: true } as const;
    const tried = textsOf({ downlink: { ...plain, maximumAttempts: 3 } });
    assert.match(
      tried.get("Downlink as JSON") ?? "",
      /"confirmed_retry":\{"attempt":1,"max_attempts":3\}/,
    );
    assert.match(
      tried.get("ttn-lw-cli: send") ?? "",
      / --confirmed-retry\.attempt 1 --confirmed-retry\.max-attempts 3$/,
    );
    const classBC = { gateways: [], absoluteTime: undefined };
    const later = textsOf({ downlink: { ...plain, classBC } });
    assert.match(later.get("Downlink as JSON") ?? "", /"class_b_c":\{/);
    assert.equal(later.has("ttn-lw-cli: send"), false);
  });

  it("names the certificate file, or no TLS, as the settings do", () => {
    const withFile = textsOf({ server: { ...soilLab, caFile: "/my certs/ca.pem" } });
    assert.match(withFile.get("mosquitto_sub: watch") ?? "", / --cafile '\/my certs\/ca\.pem' /);
    assert.match(withFile.get("curl: send") ?? "", / --cacert '\/my certs\/ca\.pem' /);
    assert.match(withFile.get("Node: send") ?? "", /ca: readFileSync\("\/my certs\/ca\.pem"\)/);
    assert.match(withFile.get("Python: send") ?? "", /tls=\{"ca_certs": "\/my certs\/ca\.pem"\}/);
    const plain = textsOf({ server: { ...soilLab, security: "plaintext", port: 1883 } });
    for (const text of plain.values()) assert.doesNotMatch(text, /mqtts|tls|cafile/);
  });

  it("brackets an IPv6 host where it is part of an address", () => {
    const texts = textsOf({ server: { ...soilLab, host: "2001:db8::1" } });
    assert.match(texts.get("curl: send") ?? "", /curl -sSg 'https:\/\/\[2001:db8::1\]\/api/);
    assert.match(texts.get("mosquitto_sub: watch") ?? "", / -h 2001:db8::1 /);
  });

  it("X06 reads the key from the variable in every form that logs in", () => {
    for (const shell of shells) {
      for (const [label, text] of textsOf({}, shell)) {
        if (!/mosquitto|curl|Node|Python/.test(label)) continue;
        assert.match(text, /TTS_API_KEY/, label);
        assert.doesNotMatch(text, /NNSXS/, label);
      }
    }
  });
});

describe("shellFrom", () => {
  for (const [name, isWindows, shell] of [
    ["/bin/bash", false, "bash"],
    ["/usr/bin/zsh", false, "bash"],
    ["/usr/bin/fish", false, "bash"],
    ["C:\\Windows\\System32\\cmd.exe", true, "cmd"],
    ["C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", true, "powershell"],
    ["C:\\Program Files\\Git\\bin\\bash.exe", true, "bash"],
    ["pwsh", false, "powershell"],
    ["gitbash", true, "bash"],
    ["nu", true, "powershell"],
    ["", true, "powershell"],
    [undefined, false, "bash"],
  ] as const) {
    it(`takes ${name ?? "nothing"} on ${isWindows ? "Windows" : "Linux"} for ${shell}`, () => {
      assert.equal(shellFrom(name, isWindows), shell);
    });
  }
});
