/** Copied commands and snippets, read and run by the programs that they are meant for. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { pumpFormatters } from "../../src/demo/devices/pumpController";
import { bashLine, bashWord } from "../../src/stack/copyAs/bash";
import { commandLine } from "../../src/stack/copyAs/commandLine";
import type { CopyServer, CopySource } from "../../src/stack/copyAs/copySource";
import { mosquittoPub, mosquittoSub } from "../../src/stack/copyAs/mosquitto";
import { pythonPush, pythonWatch } from "../../src/stack/copyAs/pythonSnippet";
import { javaScriptText, javaScriptValue } from "../../src/stack/copyAs/sourceText";
import { copyForms } from "../../src/stack/copyAs/copyForms";
import type { JsonObject, JsonValue } from "../../src/stack/messages";
import { closeClients, startServer, uid, watch, type Fixture } from "../support/demoClient";
import { eventually } from "../support/conditions";
import { Mosquitto } from "../support/mosquitto";

const execute = promisify(execFile);
const anyText = fc.string({ unit: "binary" });
/** What makes shells do things, more often than chance would. */
const hostileText = fc
  .array(
    fc.constantFrom(
      "$(id)",
      "`id`",
      "'",
      '"',
      "\\",
      "!",
      "$HOME",
      "%PATH%",
      ";",
      "&",
      "\n",
      "\x1b[2J",
      "-",
      "~",
      "*",
      "=ls",
      " ",
      "é",
      "\u202e",
      "x",
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));
const hostileBody: JsonObject = {
  downlinks: [
    {
      f_port: 1,
      decoded_payload: {
        "it's": '$(id) `id` \\ " \n \u202e é 💧',
        on: true,
        off: false,
        none: null,
        list: [1.5, -2e21],
      },
    },
  ],
};

async function bash(script: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await execute("bash", ["-c", script], {
    env: { PATH: process.env.PATH, ...env },
    encoding: "buffer",
  });
  return stdout.toString();
}

describe("Copied for bash", function () {
  this.timeout(30_000);

  it("is one word with the same text, whatever the text", async () => {
    const texts = fc.array(fc.oneof(anyText, hostileText), { minLength: 1, maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(texts, async (words) => {
        const printed = await bash(`printf '%s\\0' ${words.map(bashWord).join(" ")}`);
        const expected = words.map((word) => word.replaceAll("\0", ""));
        assert.deepEqual(printed.split("\0").slice(0, -1), expected);
      }),
      { numRuns: 25 },
    );
  });

  it("gives the program its arguments, its JSON and the key from the variable", async () => {
    await fc.assert(
      fc.asyncProperty(
        hostileText,
        fc.jsonValue({ stringUnit: "binary" }),
        async (topic, value) => {
          const json = JSON.stringify(value);
          const line = bashLine({
            program: "printf",
            words: ["%s\\0", topic, { keyAfter: "Authorization: Bearer " }],
            input: { json, option: "-m", fromStdin: [] },
          });
          const printed = await bash(line, { TTS_API_KEY: "a key's $(id)" });
          const words = [topic, "Authorization: Bearer a key's $(id)", "-m", json];
          assert.deepEqual(printed.split("\0").slice(0, -1), words);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("shows a terminal no control character", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, hostileText), (text) => {
        assert.doesNotMatch(bashWord(text), /[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
});

describe("Copied for mosquitto", function () {
  this.timeout(20_000);
  let broker: Mosquitto;
  const key = "NNSXS.KEY$(id)'\".SECRET";
  before(async () => (broker = await Mosquitto.start({ users: { [uid]: key } })));
  after(() => broker.dispose());

  it("subscribes with mosquitto_sub and publishes with mosquitto_pub", async () => {
    const server: CopyServer = {
      ...{ application: uid, host: "127.0.0.1", port: broker.port, security: "plaintext" },
    };
    const topic = `v3/${uid}/devices/it's $(id) \u202e"x"/down/push`;
    const received = bash(`timeout 15 ${line(mosquittoSub(server, topic))} -C 1`, {
      TTS_API_KEY: key,
    });
    await eventually("the subscription", () => broker.log.includes("Sending SUBACK"));
    await bash(line(mosquittoPub(server, { topic, body: hostileBody })), { TTS_API_KEY: key });
    const [, body = ""] = /^.*?(\{.*\})\n$/s.exec(await received) ?? [];
    assert.deepEqual(JSON.parse(body), hostileBody);
    assert.ok((await received).startsWith(`${topic} `));
  });
});

function line(invocation: Parameters<typeof commandLine>[0]): string {
  return commandLine(invocation, "bash") ?? assert.fail("no line for bash");
}

describe("A copied downlink", function () {
  this.timeout(20_000);
  let fixture: Fixture;
  let folder: string;

  beforeEach(async () => {
    fixture = await startServer();
    fixture.server.network.addEndDevice(uid, { deviceId: "pump-1", formatters: pumpFormatters });
    folder = mkdtempSync(path.join(tmpdir(), "copied-"));
    symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"), "junction");
  });
  afterEach(async () => {
    closeClients();
    await fixture.server.close();
    rmSync(folder, { recursive: true });
  });

  const textOf = (label: string): string => {
    const source: CopySource = {
      server: {
        ...{
          application: uid,
          host: "127.0.0.1",
          port: fixture.server.port,
          security: "plaintext",
        },
      },
      hasHttpApi: false,
      deviceId: "pump-1",
      topic: `v3/${uid}/devices/pump-1/#`,
      downlink: {
        fPort: 15,
        payload: { fields: { valve: "open", minutes: 300 } },
        priority: "HIGH",
        confirmed: true,
      },
    };
    return (
      copyForms(source, "bash").find((form) => form.label === label)?.text ?? assert.fail(label)
    );
  };
  const isQueued = async (send: () => Promise<unknown>): Promise<void> => {
    const client = await watch(fixture);
    await send();
    const message = await client.next();
    assert.equal(message.kind, "down/queued");
    assert.equal(message.at("downlink_queued.frm_payload"), "AQEs");
    assert.equal(message.at("downlink_queued.priority"), "HIGH");
    assert.equal(message.at("downlink_queued.confirmed"), true);
  };
  const run = (name: string, source: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, source);
    return execute(process.execPath, [file], {
      env: { PATH: process.env.PATH, TTS_API_KEY: fixture.key },
      timeout: 15_000,
    });
  };

  it("is queued when sent with mosquitto_pub", () =>
    isQueued(() => bash(textOf("mosquitto_pub: send"), { TTS_API_KEY: fixture.key })));

  it("is queued when sent with Node", () => isQueued(() => run("send.mjs", textOf("Node: send"))));

  it("fails loudly in Node when the key is wrong", async () => {
    const wrong = { ...fixture, key: "NNSXS.WRONG.KEY" };
    fixture = wrong;
    await assert.rejects(run("send.mjs", textOf("Node: send")), /Not authorized/i);
  });

  it("is printed by the Node program that watches the end device", async () => {
    const source = textOf("Node: watch");
    const first = source.replace(
      "console.log(topic, payload.toString())",
      "{ $& ; client.end(); }",
    );
    const watching = run("watch.mjs", first);
    await eventually("the subscription", () => fixture.server.connections.length > 0);
    const again = setInterval(() => {
      fixture.server.publishRaw(uid, `v3/${uid}/devices/pump-1/up`, "{}");
    }, 20);
    const { stdout } = await watching.finally(() => clearInterval(again));
    assert.equal(stdout, `v3/${uid}/devices/pump-1/up {}\n`);
  });
});

describe("Copied for JavaScript", () => {
  it("is the same text and value, whatever they are", async () => {
    const values = fc.array(fc.oneof(fc.jsonValue({ stringUnit: "binary" }), hostileText), {
      maxLength: 50,
    });
    await fc.assert(
      fc.asyncProperty(values, async (list) => {
        const value = JSON.parse(JSON.stringify(list)) as JsonValue;
        const source = `process.stdout.write(JSON.stringify([${javaScriptValue(value)}, ${javaScriptText(JSON.stringify(list))}]))`;
        const { stdout } = await execute(process.execPath, ["-e", source]);
        assert.deepEqual(JSON.parse(stdout), [value, JSON.stringify(list)]);
      }),
      { numRuns: 15 },
    );
  });
});

/** Reads a program as Python does and prints what its one call is given, without running anything of it. */
const readCall = `
import ast, json, sys
results = []
for source in json.load(sys.stdin):
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    call = next(node for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr in ("single", "callback"))
    words = {word.arg: word.value for word in call.keywords}
    topic = next(arg for arg in call.args if isinstance(arg, ast.Constant))
    body = [ast.literal_eval(arg.args[0]) for arg in call.args if isinstance(arg, ast.Call)]
    results.append([call.func.attr, topic.value, body, words["hostname"].value, words["port"].value, "tls" in words])
print(json.dumps(results))
`;

async function readPython(programs: readonly string[]): Promise<unknown> {
  const running = execute("python3", ["-c", readCall], { maxBuffer: 1 << 26 });
  running.child.stdin?.end(JSON.stringify(programs));
  return JSON.parse((await running).stdout);
}

describe("Copied for Python", function () {
  this.timeout(20_000);

  it("is a program with the same topic and body, whatever they are", async () => {
    const texts = fc.oneof(fc.string({ unit: "grapheme" }), hostileText);
    const inputs = fc.array(fc.tuple(texts, fc.jsonValue({ stringUnit: "grapheme" })), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(inputs, async (list) => {
        const cases = list.map(([topic, value]) => ({
          topic,
          body: { value: JSON.parse(JSON.stringify(value)) as JsonValue },
        }));
        const server: CopyServer = {
          ...{ application: uid, host: "eu1.example.com", port: 8883, security: "tls" },
        };
        const read = await readPython([
          ...cases.map((each) => pythonPush(server, each)),
          ...cases.map(({ topic }) => pythonWatch({ ...server, security: "plaintext" }, topic)),
        ]);
        assert.deepEqual(read, [
          ...cases.map(({ topic, body }) => [
            "single",
            topic,
            [body],
            "eu1.example.com",
            8883,
            true,
          ]),
          ...cases.map(({ topic }) => ["callback", topic, [], "eu1.example.com", 8883, false]),
        ]);
      }),
      { numRuns: 15 },
    );
  });
});
