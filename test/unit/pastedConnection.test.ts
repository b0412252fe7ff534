import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePastedConnection, type PastedConnection } from "../../src/stack/pastedConnection";
import { canaryKey as key } from "../support/fixtures";
import { cpuTime, isQuick } from "../support/cpuTime";
import { pastedCases } from "../support/pastedCases";

const eu1 = "eu1.cloud.thethings.network";
const tls = { port: 8883, security: "tls" } as const;
const plaintext = { port: 1883, security: "plaintext" } as const;
const app = { application: "soil-lab@ttn" };
const tutorialKeyCut = "NNSXS.VEEBURF3KR77ZR..";

const pasted: readonly (readonly [context: string, text: string, found: PastedConnection])[] = [
  // The Console's MQTT page, as copied.
  [
    "the Console's page",
    `Connection information\nPublic address\n${eu1}:1883\nPublic TLS address\n${eu1}:8883\nUsername\nsoil-lab@ttn\nPassword\n`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "the Console's page with a new key",
    `Public address\t${eu1}:1883\nPublic TLS address\t${eu1}:8883\nUsername\tsoil-lab@ttn\nPassword\t${key}`,
    { host: eu1, ...tls, ...app, apiKey: key },
  ],
  [
    "the Console's page of a server without tenants",
    "Public address\nthethings.example.com:1883\nPublic TLS address\nthethings.example.com:8883\nUsername\nsoil-lab\nPassword",
    { host: "thethings.example.com", ...tls, application: "soil-lab" },
  ],
  [
    "the Console's page with Windows line ends",
    `Public address\r\n${eu1}:1883\r\nPublic TLS address\r\n${eu1}:8883\r\nUsername\r\nsoil-lab@ttn\r\n`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "only the plain address of that page",
    `Public address ${eu1}:1883`,
    { host: eu1, ...plaintext },
  ],
  [
    "a note in words",
    `Host: ${eu1}, port 8883; Username: soil-lab@ttn; Password: ${key}`,
    { host: eu1, ...tls, ...app, apiKey: key },
  ],
  [
    "the connection info of the API",
    `{"public_address":"${eu1}:1883","public_tls_address":"${eu1}:8883","username":"soil-lab@ttn"}`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "connection info without tenant",
    '{"public_tls_address":"lns.example.com:8883","username":"soil-lab"}',
    { host: "lns.example.com", ...tls, application: "soil-lab" },
  ],
  // host:port
  ["a host with the TLS port", `${eu1}:8883`, { host: eu1, ...tls }],
  ["a host with the plain port", `${eu1}:1883`, { host: eu1, ...plaintext }],
  ["a host with another port", `${eu1}:9883`, { host: eu1, port: 9883 }],
  ["a host alone", eu1, { host: eu1 }],
  ["a host in capitals", "EU1.Cloud.TheThings.Network:8883", { host: eu1, ...tls }],
  ["a host that begins with mqtt", "mqtt.example.com:8883", { host: "mqtt.example.com", ...tls }],
  ["an IPv4 address", "192.168.1.10:1883", { host: "192.168.1.10", ...plaintext }],
  ["an IPv6 address", "[::1]:1883", { host: "::1", ...plaintext }],
  ["localhost", "localhost:1883", { host: "localhost", ...plaintext }],
  ["a host without dots", "raspberrypi:1883", { host: "raspberrypi", ...plaintext }],
  ["a host between spaces", `  ${eu1}:8883\n`, { host: eu1, ...tls }],
  // URLs
  ["an mqtts URL", `mqtts://${eu1}:8883`, { host: eu1, ...tls }],
  ["an mqtts URL without port", `mqtts://${eu1}`, { host: eu1, security: "tls" }],
  ["an mqtt URL", `mqtt://${eu1}:1883`, { host: eu1, ...plaintext }],
  ["an mqtt URL without port", `mqtt://${eu1}`, { host: eu1, security: "plaintext" }],
  ["an mqtt URL with the TLS port", `mqtt://${eu1}:8883`, { host: eu1, ...tls }],
  [
    "an ssl URL on an odd port",
    "ssl://lns.example.com:1883",
    { host: "lns.example.com", port: 1883, security: "tls" },
  ],
  ["a tcp URL", "tcp://lns.example.com:1883", { host: "lns.example.com", ...plaintext }],
  [
    "a URL with user and key",
    `mqtts://soil-lab%40ttn:${key}@${eu1}:8883`,
    { host: eu1, ...tls, ...app, apiKey: key },
  ],
  [
    "a URL with user and key and topic",
    `mqtts://soil-lab%40ttn:${key}@${eu1}:8883/v3/#`,
    { host: eu1, ...tls, ...app, apiKey: key },
  ],
  [
    "a URL with user alone",
    `mqtt://soil-lab%40ttn@${eu1}:1883/`,
    { host: eu1, ...plaintext, ...app },
  ],
  [
    "a URL with a user without tenant",
    "mqtts://soil-lab@lns.example.com:8883",
    { host: "lns.example.com", ...tls, application: "soil-lab" },
  ],
  ["a URL to a host without dots", "mqtt://mosquitto:1883", { host: "mosquitto", ...plaintext }],
  [
    "the Console's web address",
    `https://${eu1}/console/applications/soil-lab/integrations/mqtt`,
    { host: eu1, isHostGuess: true, application: "soil-lab" },
  ],
  [
    "the web address of a tenant",
    "https://acme.eu1.cloud.thethings.industries/console/",
    { host: "acme.eu1.cloud.thethings.industries", isHostGuess: true },
  ],
  [
    "a web address with its own port",
    "https://lns.example.com:443/console",
    { host: "lns.example.com", isHostGuess: true },
  ],
  [
    "a web address without TLS",
    "http://lns.example.com:1885/",
    { host: "lns.example.com", isHostGuess: true },
  ],
  [
    "a WebSocket address",
    "wss://lns.example.com:443/mqtt",
    { host: "lns.example.com", isHostGuess: true },
  ],
  // Commands
  [
    "the tutorial's mosquitto_sub",
    `$ mosquitto_sub -h thethings.example.com -t "#" -u "app1@tenant1" -P "${tutorialKeyCut}" -d`,
    { host: "thethings.example.com", application: "app1@tenant1" },
  ],
  [
    "the tutorial's tip and its command",
    `# Tip: when using \`mosquitto_sub\`, pass the \`-d\` flag.\n$ mosquitto_sub -h thethings.example.com -t "#" -u "app1@tenant1" -P "${key}" -d`,
    { host: "thethings.example.com", application: "app1@tenant1", apiKey: key },
  ],
  [
    "the tutorial's mosquitto_pub over several lines",
    `$ mosquitto_pub -h thethings.example.com \\\n-t "v3/app1@tenant1/devices/dev1/down/push" \\\n-u "app1@tenant1" -P "${tutorialKeyCut}" \\\n-m '{"downlinks":[{"f_port": 15,"frm_payload":"vu8=","priority": "NORMAL"}]}' \\\n-d`,
    { host: "thethings.example.com", application: "app1@tenant1" },
  ],
  [
    "long options with a certificate file",
    `mosquitto_sub --host ${eu1} --port 8883 --username soil-lab@ttn --pw ${key} --cafile /etc/ssl/ca.pem -t '#'`,
    { host: eu1, ...tls, ...app, apiKey: key, caFile: "/etc/ssl/ca.pem" },
  ],
  [
    "a certificate file on the plain port",
    `mosquitto_sub -h ${eu1} --cafile ca.pem -p 1883 -u soil-lab@ttn`,
    { host: eu1, port: 1883, security: "tls", ...app, caFile: "ca.pem" },
  ],
  [
    "the system's certificates",
    `mosquitto_sub -h ${eu1} -p 8883 --tls-use-os-certs -u soil-lab@ttn -P ${key} -t '#' -v`,
    { host: eu1, ...tls, ...app, apiKey: key },
  ],
  [
    "the plain port",
    `mosquitto_sub -h ${eu1} -p 1883 -u 'soil-lab@ttn' -t '#'`,
    { host: eu1, ...plaintext, ...app },
  ],
  [
    "a URL option",
    `mosquitto_sub -v -L mqtts://soil-lab%40ttn:${key}@${eu1}:8883/v3/soil-lab@ttn/devices/+/up`,
    { host: eu1, ...tls, ...app, apiKey: key },
  ],
  [
    "a path before the command",
    `/usr/bin/mosquitto_sub -h ${eu1} -u soil-lab@ttn`,
    { host: eu1, ...app },
  ],
  [
    "a command behind others",
    `sudo docker run -it eclipse mosquitto_sub -h ${eu1} -u soil-lab@ttn`,
    { host: eu1, ...app },
  ],
  [
    "cmd.exe",
    `mosquitto_sub.exe -h ${eu1} ^\r\n -p 8883 ^\r\n -u soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  ["PowerShell", `mosquitto_sub -h ${eu1} \`\n -u soil-lab@ttn`, { host: eu1, ...app }],
  [
    "typographic quotes",
    `mosquitto_sub -h ${eu1} -u \u201csoil-lab@ttn\u201d -t \u2018#\u2019`,
    { host: eu1, ...app },
  ],
  [
    "mqttx",
    `mqttx sub -h ${eu1} -p 8883 -l mqtts --username="soil-lab@ttn" -P '${key}' -t '#'`,
    { host: eu1, ...tls, ...app, apiKey: key },
  ],
  ["an option without its value", `mosquitto_sub -u soil-lab@ttn -h`, app],
  ["a host option that is none", `mosquitto_sub -h -u soil-lab@ttn`, app],
  // Ids
  ["an application with its tenant", "soil-lab@ttn", app],
  ["an application without tenant", "soil-lab", { application: "soil-lab" }],
  ["an application and a key", `soil-lab@ttn ${key}`, { ...app, apiKey: key }],
  ["an application in quotes", '"soil-lab@ttn"', app],
  ["a key alone", key, { apiKey: key }],
  ["a key in small letters", key.toLowerCase(), { apiKey: key.toLowerCase() }],
  // Rubbish
  ["nothing", "", {}],
  ["white space", " \n\t ", {}],
  ["a sentence", "please help me!", {}],
  ["half a key", tutorialKeyCut, {}],
  ["a broken URL", "mqtts://", {}],
  ["markup", "<script>alert(1)</script>", {}],
  ["an id that breaks the grammar", "Soil_Lab@ttn", {}],
  ["JSON of something else", '{"downlinks":[]}', {}],
];

describe("pastedConnection", () => {
  it("is tried with many texts", () => assert.ok(pasted.length + pastedCases.length >= 200));

  for (const { context, text, found, needsLines } of pastedCases) {
    it(`reads ${context}`, () => assert.deepEqual(parsePastedConnection(text), found));
    if (needsLines === true || !text.includes("\n")) continue;
    it(`reads ${context}, after an input box made blanks of its line ends`, () => {
      assert.deepEqual(parsePastedConnection(text.replaceAll("\n", " ")), found);
    });
  }

  for (const [context, text, found] of pasted) {
    it(`finds what is there when it is ${context}`, () => {
      assert.deepEqual(parsePastedConnection(text), found);
    });
  }

  it("returns at once, and nothing wrong, when the text is anything", () => {
    const words = fc.constantFrom(
      "mosquitto_sub",
      "-h",
      "-u",
      "-p",
      "@",
      ":",
      "//",
      "mqtts://",
      key,
      eu1,
      "'",
      '"',
      "\\\n",
      "soil-lab@ttn",
      "--cafile=",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words).map((list) => list.join(" ")),
      fc.array(words).map((list) => list.join("")),
    );
    fc.assert(
      fc.property(text, (any) => {
        const { application, host, port } = parsePastedConnection(any);
        assert.ok(application === undefined || /^[a-z0-9@-]{3,73}$/.test(application));
        assert.ok(host === undefined || !/\s|NNSXS/i.test(host));
        assert.ok(port === undefined || (port >= 1 && port <= 65_535));
      }),
      { numRuns: 2_000 },
    );
  });

  for (const piece of [
    "a",
    "a.",
    "a:",
    "a@",
    "//",
    "-",
    "user name ",
    "mosquitto_sub ",
    '"',
    "\\\n",
    "[:",
  ]) {
    it(`takes little time when ${JSON.stringify(piece)} is repeated without end`, () => {
      const before = cpuTime();
      parsePastedConnection(piece.repeat(100_000));
      assert.ok(isQuick(before, 500));
    });
  }

  describe("takes time in proportion to the text", () => {
    const pieces = [
      ...[
        " ",
        "\n",
        '"',
        "'",
        "`",
        ".",
        ",",
        "&",
        "-",
        "\u2013",
        "=",
        "{",
        "[",
        "<",
        "\\",
        "a",
        "a.",
        "a-",
        "a:",
        "a@",
      ],
      ...[
        "1.",
        "1883 ",
        "//",
        "mqtts://",
        "mqtts://a@",
        "https://a.b/",
        "soil-lab@ttn ",
        "v3/abc",
        "/applications/",
      ],
      ...[
        "host: ",
        "user name ",
        "MQTT_HOST=a.com\n",
        "#define a ",
        "a=b ",
        "${a}",
        "%a%",
        '"+a+"',
        'a + "@',
      ],
      ...[
        "connect(",
        'connect("a",',
        "IPAddress(1,",
        "mosquitto_sub -h a ",
        "mqtt -",
        "-h a ",
        '[{"host":',
        "&amp;",
      ],
      ...["NNSXS.", `${key} `, "<a ", "\u2014a ", "\ue000"],
    ];
    const costOf = (text: string) => {
      const before = cpuTime();
      parsePastedConnection(text);
      return cpuTime() - before;
    };
    const least = (text: string) => Math.min(costOf(text), costOf(text), costOf(text));

    for (const piece of pieces) {
      it(`of ${JSON.stringify(piece)} without end`, () => {
        const small = least(piece.repeat(16_384 / piece.length));
        const large = least(piece.repeat(65_536 / piece.length));
        // Four times the text; with squares it would be sixteen times the work.
        assert.ok(large <= 9 * small + 25, `${small.toFixed(1)} ms, then ${large.toFixed(1)} ms`);
      });
    }
  });
});
