/**
 * How people write down a connection: in posts, code, configuration and exports. Own wording, after the habits seen in public
 * reports; hosts, ids and keys are invented.
 */
import type { PastedConnection } from "../../src/stack/pastedConnection";
import { canaryKey as key } from "./fixtures";

const eu1 = "eu1.cloud.thethings.network";
const nam1 = "nam1.cloud.thethings.network";
const lns = "lns.example.com";
const tls = { port: 8883, security: "tls" } as const;
const plain = { port: 1883, security: "plaintext" } as const;
const app = { application: "soil-lab@ttn" };
const apiKey = { apiKey: key };
const guess = { isHostGuess: true } as const;
const all = { host: eu1, ...tls, ...app, ...apiKey };
const allPlain = { host: eu1, ...plain, ...app, ...apiKey };

export interface PastedCase {
  readonly context: string;
  readonly text: string;
  readonly found: PastedConnection;
  /** The lines mean nothing once their ends are gone. */
  readonly needsLines?: boolean;
}

type Row = readonly [context: string, text: string, found: PastedConnection, needsLines?: "lines"];

const prose: readonly Row[] = [
  [
    "a forum post with a mail address first",
    `Hi all, you can reach me at jo.doe@example.org. My node does not show up. I use ${eu1}:8883 and the user soil-lab@ttn.`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a post with links first",
    `I followed https://www.thethingsindustries.com/docs/integrations/mqtt/ and https://github.com/acme/bridge/issues/12 but mqtts://${eu1}:8883 says not authorized for soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a mail with a signature",
    `The broker is ${lns}, port 1883, user soil-lab.\n--\nJo Doe\nACME Ltd, www.acme.com, jo@acme.com`,
    { host: lns, ...plain, application: "soil-lab" },
  ],
  [
    "a sentence with the address in brackets",
    `Connect to the MQTT server (${eu1}:1883) as "soil-lab@ttn".`,
    { host: eu1, ...plain, ...app },
  ],
  [
    "markdown with bold labels",
    `**Host:** ${eu1}\n**Port:** 8883\n**Username:** soil-lab@ttn\n**Password:** ${key}`,
    all,
  ],
  [
    "markdown with code spans",
    `Host \`${eu1}\`, port \`8883\`, user \`soil-lab@ttn\`, password \`${key}\``,
    all,
  ],
  [
    "a markdown list",
    `- Server: ${eu1}\n- Port: 1883\n- User: soil-lab@ttn\n- Key: ${key}`,
    allPlain,
  ],
  [
    "a markdown table",
    `| Setting | Value |\n| --- | --- |\n| **MQTT host** | \`${eu1}\` |\n| Port | \`8883\` |\n| Username | \`soil-lab@ttn\` |\n| Password | \`${key}\` |`,
    all,
  ],
  [
    "a markdown link",
    `[the broker](mqtts://${eu1}:8883) with soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "an automatic link",
    `Use <mqtts://${eu1}:8883> and soil-lab@ttn.`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a quotation",
    `> Which server?\n> ${eu1}:8883\nand the application is soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  ["a chat message", `host ${eu1} port 8883 user soil-lab@ttn pass ${key}`, all],
  ["values only, one on each line", `${eu1}\n8883\nsoil-lab@ttn\n${key}`, all],
  ["values with commas", `${eu1},8883,soil-lab@ttn,${key}`, all],
  [
    "versions and file names",
    `With firmware 3.32.1 and config.yaml I get an error in main.py; the server is ${lns}:8883, application soil-lab.`,
    { host: lns, ...tls, application: "soil-lab" },
  ],
  ["a domain beside the app", `soil-lab@ttn and ${lns}`, { host: lns, ...guess, ...app }],
  ["a web page alone", `see https://${lns}/dashboard`, { host: lns, ...guess }],
  ["documentation alone", "see https://www.thethingsindustries.com/docs/integrations/mqtt/", {}],
  ["a repository alone", "https://github.com/acme/lora-bridge", {}],
  ["a mail address alone", "jo.doe@example.org", {}],
  ["a mail address and an app", "I am jo@acme.example.com and the app is soil-lab@ttn", app],
  ["a file name alone", "config.yaml", {}],
  ["a version alone", "3.32.1", {}],
  [
    "code without values",
    "client.username_pw_set(user, password)\nclient.connect(host, port, 60)",
    {},
  ],
  [
    "two clusters in one sentence",
    `I tried ${eu1} and ${nam1} with soil-lab@ttn`,
    { host: eu1, ...guess, ...app },
  ],
  [
    "a database and a broker",
    `MongoDB is at mongodb+srv://u:p@cluster0.abcde.mongodb.net/db, redis at rediss://x:y@cache.example.io:6379, MQTT at mqtts://${eu1}:8883`,
    { host: eu1, ...tls },
  ],
  [
    "a gateway's address before",
    `Gateway server: ${eu1}:1700 (UDP). MQTT: ${eu1}:8883, user soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  ["a trailing full stop", `It is ${eu1}:8883.`, { host: eu1, ...tls }],
  ["German words", `Server ist ${eu1}, Port 8883, Benutzername soil-lab@ttn, Passwort ${key}`, all],
  [
    "Dutch words",
    `Adres: ${eu1}\nPoort: 8883\nGebruikersnaam: soil-lab@ttn\nWachtwoord: ${key}`,
    all,
  ],
  [
    "Spanish words",
    `Servidor: ${eu1}\nPuerto: 8883\nUsuario: soil-lab@ttn\nContraseña: ${key}`,
    all,
  ],
  [
    "Portuguese words",
    `Endereço: ${nam1}\nPorta: 8883\nUsuário: soil-lab@ttn\nSenha: ${key}`,
    { ...all, host: nam1 },
  ],
  [
    "French words",
    `Serveur : ${eu1}\nPort : 8883\nUtilisateur : soil-lab@ttn\nMot de passe : ${key}`,
    all,
  ],
  [
    "Italian words",
    `Indirizzo: ${eu1}\nPorta: 1883\nNome utente: soil-lab@ttn`,
    { host: eu1, ...plain, ...app },
  ],
  [
    "full-width marks",
    `Host\uff1a${eu1}\u3000Port\uff1a8883\u3000User\uff1asoil-lab\uff20ttn`,
    { host: eu1, ...tls, ...app },
  ],
];

const consolePages: readonly Row[] = [
  [
    "the Console in German",
    `Verbindungsinformationen\nMQTT-Serverhost\nÖffentliche Adresse\n${eu1}:1883\nÖffentliche TLS-Adresse\n${eu1}:8883\nVerbindungsdaten\nBenutzername\nsoil-lab@ttn\nPasswort\nNeuen API-Schlüssel erzeugen`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "the Console in French",
    `Adresse publique\n${eu1}:1883\nAdresse TLS publique\n${eu1}:8883\nNom d'utilisateur\nsoil-lab@ttn\nMot de passe`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "the Console in Spanish",
    `Dirección pública\n${lns}:1883\nDirección TLS pública\n${lns}:8883\nNombre de usuario\nsoil-lab\nContraseña`,
    { host: lns, ...tls, application: "soil-lab" },
  ],
  [
    "the Console in Japanese",
    `パブリックアドレス\n${lns}:1883\nパブリックTLSアドレス\n${lns}:8883\nユーザー名\nsoil-lab\nパスワード`,
    { host: lns, ...tls, application: "soil-lab" },
  ],
  [
    "the Console in Chinese",
    `公共地址\n${lns}:1883\n公共 TLS 地址\n${lns}:8883\n用户名\nsoil-lab\n密码`,
    { host: lns, ...tls, application: "soil-lab" },
  ],
  [
    "the Console in one line",
    `Connection information MQTT server host Public address ${eu1}:1883 Public TLS address ${eu1}:8883 Connection credentials Username soil-lab@ttn Password ${key}`,
    all,
  ],
  [
    "the Console with its menu",
    `Overview\nEnd devices\nLive data\nPayload formatters\nIntegrations\nMQTT\nWebhooks\nPublic address\n${eu1}:1883\nPublic TLS address\n${eu1}:8883\nUsername\nsoil-lab@ttn\nPassword\n${key}\nCopy`,
    all,
  ],
  [
    "the Console's labels after their values",
    `${eu1}:1883 Public address\n${eu1}:8883 Public TLS address\nsoil-lab@ttn Username`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a Console page of a tenant",
    `Public address acme.eu1.cloud.thethings.industries:1883 Public TLS address acme.eu1.cloud.thethings.industries:8883 Username soil-lab@acme`,
    { host: "acme.eu1.cloud.thethings.industries", ...tls, application: "soil-lab@acme" },
  ],
  [
    "the Console's address of an application",
    `https://${eu1}/console/applications/soil-lab/integrations/mqtt`,
    { host: eu1, ...guess, application: "soil-lab" },
  ],
  [
    "the Console's address of a device",
    `https://acme.eu1.cloud.thethings.industries/console/applications/soil-lab/devices/pump-1/data`,
    { host: "acme.eu1.cloud.thethings.industries", ...guess, application: "soil-lab" },
  ],
  [
    "the Console's address and the MQTT address",
    `https://${eu1}/console/applications/soil-lab and mqtts://${eu1}:8883`,
    { host: eu1, ...tls, application: "soil-lab" },
  ],
  [
    "a self-hosted Console with a port",
    `http://192.168.1.20:1885/console/applications/soil-lab`,
    { host: "192.168.1.20", ...guess, application: "soil-lab" },
  ],
];

const urls: readonly Row[] = [
  ["an unencoded user", `mqtts://soil-lab@ttn:${key}@${eu1}:8883`, all],
  [
    "an unencoded user without key",
    `mqtts://soil-lab@ttn@${eu1}:8883`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "an encoded user and a path",
    `mqtt://soil-lab%40ttn:${key}@${eu1}:1883/v3/soil-lab@ttn/devices/+/up`,
    allPlain,
  ],
  ["no scheme but a user and a key", `soil-lab@ttn:${key}@${eu1}:8883`, all],
  ["a URL in quotes", `"mqtts://${eu1}:8883"`, { host: eu1, ...tls }],
  ["a URL in brackets with a full stop", `(see mqtts://${eu1}:8883).`, { host: eu1, ...tls }],
  ["an IPv6 host", `mqtt://[fd00::10]:1883`, { host: "fd00::10", ...plain }],
  ["a URL of Paho", `ssl://${eu1}:8883`, { host: eu1, ...tls }],
  ["capitals", `MQTTS://EU1.CLOUD.THETHINGS.NETWORK:8883`, { host: eu1, ...tls }],
  ["a query behind it", `mqtts://${eu1}:8883?clientId=abc&keepalive=30`, { host: eu1, ...tls }],
  [
    "a URL with an ampersand escaped for a page",
    `mqtts://${eu1}:8883/?a=1&amp;b=2`,
    { host: eu1, ...tls },
  ],
  ["another port", `mqtt://${lns}:1884`, { host: lns, port: 1884, security: "plaintext" }],
];

const refused: readonly Row[] = [
  [
    "a port above 65535",
    `${eu1}:99999`,
    {
      host: eu1,
      problem: "99999 is no port: a port is a whole number from 1 to 65535, usually 8883.",
    },
  ],
  [
    "a port above 65535 in a URL",
    `mqtts://${eu1}:88830`,
    {
      host: eu1,
      security: "tls",
      problem: "88830 is no port: a port is a whole number from 1 to 65535, usually 8883.",
    },
  ],
  [
    "port zero",
    `mosquitto_sub -h ${eu1} -p 0 -u soil-lab@ttn`,
    {
      host: eu1,
      ...app,
      problem: "0 is no port: a port is a whole number from 1 to 65535, usually 8883.",
    },
  ],
  [
    "a labelled port above 65535",
    `MQTT_HOST=${eu1}\nMQTT_PORT=70000`,
    {
      host: eu1,
      problem: "70000 is no port: a port is a whole number from 1 to 65535, usually 8883.",
    },
  ],
];

const commands: readonly Row[] = [
  [
    "bash over several lines",
    `mosquitto_sub \\\n  -h ${eu1} \\\n  -p 8883 \\\n  -u "soil-lab@ttn" \\\n  -P "${key}" \\\n  -t "v3/+/devices/#" -v`,
    all,
  ],
  [
    "bash after an input box",
    `mosquitto_sub \\   -h ${eu1} \\   -p 8883 \\   -u "soil-lab@ttn" \\   -P "${key}" \\   -t '#'`,
    all,
  ],
  [
    "cmd after an input box",
    `mosquitto_sub.exe -h ${eu1} ^  -p 8883 ^  -u soil-lab@ttn ^  -P ${key} ^  -t "#"`,
    all,
  ],
  [
    "PowerShell after an input box",
    `mosquitto_sub -h ${eu1} \`  -p 8883 \`  -u soil-lab@ttn \`  -P '${key}' -t '#'`,
    all,
  ],
  [
    "a quoted Windows path",
    `"C:\\Program Files\\mosquitto\\mosquitto_sub.exe" -h ${eu1} -p 8883 -u soil-lab@ttn -P ${key} -t "#"`,
    all,
  ],
  [
    "a Windows path in PowerShell",
    `& "C:\\Program Files\\mosquitto\\mosquitto_sub.exe" -h ${eu1} -p 1883 -u "soil-lab@ttn" -P "${key}" -t '#' -d`,
    allPlain,
  ],
  [
    "a Windows path with a CA file",
    `PS C:\\Users\\jo> .\\mosquitto_sub.exe -h ${eu1} -p 8883 --cafile C:\\certs\\isrgrootx1.pem -u soil-lab@ttn`,
    { host: eu1, ...tls, ...app, caFile: "C:\\certs\\isrgrootx1.pem" },
  ],
  [
    "a quoted CA file with blanks",
    `mosquitto_sub -h ${lns} -p 8883 --cafile "C:\\My Certs\\ca.pem" -u soil-lab`,
    { host: lns, ...tls, application: "soil-lab", caFile: "C:\\My Certs\\ca.pem" },
  ],
  [
    "macOS",
    `/opt/homebrew/opt/mosquitto/bin/mosquitto_sub -h ${nam1} -p 8883 -u soil-lab@ttn -P ${key} -t '#' --capath /etc/ssl/certs`,
    { ...all, host: nam1 },
  ],
  [
    "docker",
    `docker run -it --rm eclipse-mosquitto mosquitto_sub -h ${eu1} -p 8883 --capath /etc/ssl/certs -u soil-lab@ttn -P ${key} -t '#'`,
    all,
  ],
  [
    "docker with ports",
    `docker run -p 1883:1883 -h box eclipse-mosquitto mosquitto_pub -h ${eu1} -p 8883 -u soil-lab@ttn -m hi`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "variables beside the command",
    `HOST=${eu1}\nAPP=soil-lab@ttn\nKEY=${key}\nmosquitto_sub -h $HOST -p 8883 -u "$APP" -P "$KEY" -t '#'`,
    all,
  ],
  [
    "exported variables in braces",
    `export H="${eu1}"; export U='soil-lab@ttn'; export K=${key}\nmosquitto_sub -h "\${H}" -u "\${U}" -P "\${K}" -p 1883 -t '#'`,
    allPlain,
  ],
  [
    "variables of cmd",
    `set BROKER=${eu1}\nset APPID=soil-lab@ttn\nmosquitto_sub -h %BROKER% -p 8883 -u %APPID% -t "#"`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "variables of PowerShell",
    `$server = "${eu1}"\n$env:APP = "soil-lab@ttn"\nmosquitto_sub -h $server -p 8883 -u $env:APP -t '#'`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "variables put together",
    `TENANT=ttn\nAPP=soil-lab\nmosquitto_sub -h ${eu1} -p 8883 -u "$APP@$TENANT" -t "v3/$APP@$TENANT/devices/+/up"`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a variable with a default",
    `mosquitto_sub -h \${MQTT_HOST:-${eu1}} -p \${MQTT_PORT:-8883} -u soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "en dashes of a word processor",
    `mosquitto_sub –h ${eu1} –p 8883 –u soil-lab@ttn –P ${key} –t ‘#’`,
    all,
  ],
  [
    "one dash drawn for two",
    `mosquitto_sub —host ${eu1} —port 8883 —username soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "escaped quotes of a page",
    `mosquitto_sub -h ${eu1} -p 8883 -u &quot;soil-lab@ttn&quot; -P &quot;${key}&quot; -t &#39;#&#39;`,
    all,
  ],
  [
    "code tags of a page",
    `<pre><code>mosquitto_sub -h ${eu1} -p 8883 -u soil-lab@ttn</code></pre>`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a prompt",
    `pi@raspberrypi:~ $ mosquitto_sub -h ${eu1} -p 1883 -u soil-lab@ttn -P ${key} -t '#'`,
    allPlain,
  ],
  [
    "a prompt and its answer",
    `jo@box:~$ mosquitto_sub -h ${eu1} -u soil-lab@ttn -P ${key} -t '#' -d\nClient mosq-123 sending CONNECT\nClient mosq-123 received CONNACK (5)\nConnection error: Connection Refused: not authorised.`,
    { host: eu1, ...app, ...apiKey },
  ],
  [
    "mqttx with its protocol",
    `mqttx sub -h ${eu1} -p 8883 -l mqtts --ca ./isrg.pem -u soil-lab@ttn -P ${key} -t 'v3/#'`,
    { ...all, caFile: "./isrg.pem" },
  ],
  [
    "mqttx conn",
    `mqttx conn --hostname ${lns} --port 1883 --username soil-lab`,
    { host: lns, ...plain, application: "soil-lab" },
  ],
  ["the HiveMQ command", `mqtt sub -h ${eu1} -p 8883 -s -u soil-lab@ttn -pw ${key} -t '#'`, all],
  [
    "a URL option with quotes",
    `mosquitto_sub -L "mqtts://soil-lab%40ttn:${key}@${eu1}:8883/v3/+/devices/+/up"`,
    all,
  ],
  [
    "options with equal signs",
    `mosquitto_sub --host=${eu1} --port=8883 --username=soil-lab@ttn --pw=${key}`,
    all,
  ],
  ["options alone", `-h ${eu1} -p 8883 -u soil-lab@ttn -P ${key}`, all],
  [
    "a pipe behind",
    `mosquitto_sub -h ${eu1} -p 8883 -u soil-lab@ttn -t '#' | jq . -p 1883`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "two commands",
    `mosquitto_sub -h ${eu1} -p 8883 -u soil-lab@ttn -t '#'\nmosquitto_pub -h ${eu1} -p 8883 -u soil-lab@ttn -t v3/soil-lab@ttn/devices/a-1/down/push -m '{}'`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a service name in a network of containers",
    `docker compose exec stack mosquitto_sub -h stack -p 1883 -u soil-lab -t '#'`,
    { host: "stack", ...plain, application: "soil-lab" },
  ],
  [
    "an IPv6 address",
    `mosquitto_sub -h fd00::5 -p 1883 -u soil-lab`,
    { host: "fd00::5", ...plain, application: "soil-lab" },
  ],
  [
    "curl to the API",
    `curl -H "Authorization: Bearer ${key}" https://${eu1}/api/v3/as/applications/soil-lab/devices/pump-1/packages/storage/uplink_message`,
    { host: eu1, ...guess, application: "soil-lab", ...apiKey },
  ],
  [
    "curl with a self-hosted server",
    `curl -X POST https://${lns}/api/v3/as/applications/soil-lab/webhooks/x/devices/y/down/push -H 'Authorization: Bearer ${key}'`,
    { host: lns, ...guess, application: "soil-lab", ...apiKey },
  ],
];

const code: readonly Row[] = [
  [
    "Python, paho 1",
    `import paho.mqtt.client as mqtt\nclient = mqtt.Client()\nclient.username_pw_set("soil-lab@ttn", "${key}")\nclient.connect("${eu1}", 1883, 60)\nclient.loop_forever()`,
    allPlain,
  ],
  [
    "Python, paho 2 with TLS",
    `client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="x1")\nclient.tls_set()\nclient.username_pw_set(username="soil-lab@ttn", password="${key}")\nclient.connect(host="${eu1}", port=8883, keepalive=60)`,
    all,
  ],
  [
    "Python with constants",
    `BROKER = "${eu1}"\nPORT = 8883\nUSER = "soil-lab@ttn"\nPASSWORD = "${key}"\nclient.connect(BROKER, PORT, 60)`,
    all,
  ],
  [
    "Python with other names",
    `A = '${eu1}'\nB = 8883\nclient.connect(A, B)\nclient.username_pw_set('soil-lab@ttn', '${key}')`,
    all,
  ],
  [
    "Python with f-strings",
    `app_id = "soil-lab"\ntenant = "ttn"\nclient.username_pw_set(f"{app_id}@{tenant}", "${key}")\nclient.connect("${eu1}", 8883)`,
    all,
  ],
  [
    "Python, joined text",
    `APPID = "soil-lab"\nclient.username_pw_set(APPID + "@ttn", "${key}")\nclient.connect("${eu1}", 1883)`,
    allPlain,
  ],
  [
    "Python with defaults of the environment",
    `host = os.getenv("MQTT_HOST", "${eu1}")\nport = int(os.getenv("MQTT_PORT", "8883"))\nuser = os.environ.get("MQTT_USER", "soil-lab@ttn")`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "Python's subscribe helper",
    `subscribe.callback(on_message, "#", hostname="${eu1}", port=1883, auth={'username': "soil-lab@ttn", 'password': "${key}"})`,
    allPlain,
  ],
  [
    "Python with type hints",
    `broker: str = "${lns}"\nport: int = 1883\nusername: str = "soil-lab"`,
    { host: lns, ...plain, application: "soil-lab" },
  ],
  [
    "Python in one line",
    `import paho.mqtt.client as mqtt; c = mqtt.Client(); c.username_pw_set("soil-lab@ttn", "${key}"); c.connect("${eu1}", 8883, 60)`,
    all,
  ],
  [
    "aiomqtt",
    `async with aiomqtt.Client("${eu1}", 8883, username="soil-lab@ttn", password="${key}", tls_context=ctx) as client:`,
    all,
  ],
  [
    "gmqtt",
    `await client.connect('${eu1}', 8883, ssl=True)\nclient.set_auth_credentials('soil-lab@ttn', '${key}')`,
    all,
  ],
  [
    "umqtt of MicroPython",
    `client = MQTTClient("esp", "${eu1}", user="soil-lab@ttn", password="${key}", port=1883)`,
    allPlain,
  ],
  [
    "Node with a URL",
    `const client = mqtt.connect('mqtts://${eu1}:8883', { username: 'soil-lab@ttn', password: '${key}' });`,
    all,
  ],
  [
    "Node with options",
    `const options = {\n  host: '${eu1}',\n  port: 8883,\n  protocol: 'mqtts',\n  username: 'soil-lab@ttn',\n  password: '${key}',\n};\nmqtt.connect(options)`,
    all,
  ],
  [
    "Node with a template",
    `const region = 'eu1';\nconst url = \`mqtts://\${region}.cloud.thethings.network:8883\`;\nmqtt.connect(url, { username: "soil-lab@ttn" })`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "Node with the environment",
    `const host = process.env.MQTT_HOST || '${eu1}';\nconst port = process.env.MQTT_PORT || '8883';\nconst username = process.env.MQTT_USER ?? 'soil-lab@ttn';`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "Node with expressions only",
    `mqtt.connect({ host: config.host, port: config.port, username: process.env.USER })`,
    {},
  ],
  [
    "C# with MQTTnet",
    `var options = new MqttClientOptionsBuilder()\n  .WithTcpServer("${eu1}", 8883)\n  .WithCredentials("soil-lab@ttn", "${key}")\n  .WithTls()\n  .Build();`,
    all,
  ],
  [
    "C# with M2Mqtt",
    `MqttClient client = new MqttClient("${eu1}", 8883, true, null, null, MqttSslProtocols.TLSv1_2);\nclient.Connect(Guid.NewGuid().ToString(), "soil-lab@ttn", "${key}");`,
    all,
  ],
  [
    "C# with constants",
    `private const string Broker = "${lns}";\nprivate const int Port = 1883;\nprivate const string Username = "soil-lab";`,
    { host: lns, ...plain, application: "soil-lab" },
  ],
  [
    "Arduino with PubSubClient",
    `const char* ssid = "barn";\nconst char* password = "cows";\nconst char* mqtt_server = "${eu1}";\nconst int mqtt_port = 1883;\nconst char* mqtt_user = "soil-lab@ttn";\nconst char* mqtt_pass = "${key}";\nPubSubClient client(espClient);\nvoid setup() { client.setServer(mqtt_server, mqtt_port); client.connect("esp", mqtt_user, mqtt_pass); }`,
    allPlain,
  ],
  [
    "Arduino with literals",
    `client.setServer("${eu1}", 1883);\nclient.connect("ESP32Client", "soil-lab@ttn", "${key}");`,
    allPlain,
  ],
  [
    "Arduino with defines",
    `#define MQTT_HOST "${eu1}"\n#define MQTT_PORT 8883\n#define MQTT_USER "soil-lab@ttn"\n#define MQTT_PASS "${key}"`,
    all,
  ],
  [
    "Arduino with an address of its own kind",
    `IPAddress server(192, 168, 1, 10);\nclient.setServer(server, 1883);\nclient.connect("uno", "soil-lab", "${key}");`,
    { host: "192.168.1.10", ...plain, application: "soil-lab", ...apiKey },
  ],
  [
    "Arduino with a secure client",
    `WiFiClientSecure net;\nPubSubClient client(net);\nclient.setServer("${eu1}", 8883);\n#define AIO_USERNAME "soil-lab@ttn"`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "ESP-IDF",
    `esp_mqtt_client_config_t cfg = { .broker.address.uri = "mqtts://${eu1}:8883", .credentials.username = "soil-lab@ttn", .credentials.authentication.password = "${key}" };`,
    all,
  ],
  [
    "Go with Paho",
    `opts := mqtt.NewClientOptions().AddBroker("tcp://${eu1}:1883")\nopts.SetUsername("soil-lab@ttn")\nopts.SetPassword("${key}")`,
    allPlain,
  ],
  [
    "Go with a format",
    `var broker = "${eu1}"\nvar port = 8883\nopts.AddBroker(fmt.Sprintf("ssl://%s:%d", broker, port))\nopts.SetUsername("soil-lab@ttn")`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "Java with Paho",
    `MqttClient client = new MqttClient("ssl://${eu1}:8883", MqttClient.generateClientId());\nMqttConnectOptions o = new MqttConnectOptions();\no.setUserName("soil-lab@ttn");\no.setPassword("${key}".toCharArray());`,
    all,
  ],
  [
    "Java with HiveMQ",
    `Mqtt3Client.builder().serverHost("${eu1}").serverPort(8883).sslWithDefaultConfig().simpleAuth().username("soil-lab@ttn").password("${key}".getBytes())`,
    all,
  ],
  [
    "Java, joined text",
    `String host = "${eu1}";\nString url = "ssl://" + host + ":8883";\nString username = "soil-lab@ttn";`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "Kotlin",
    `val serverUri = "ssl://${eu1}:8883"\nval userName = "soil-lab@ttn"`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "Rust",
    `let mut o = MqttOptions::new("rumqtt", "${eu1}", 1883);\no.set_credentials("soil-lab@ttn", "${key}");`,
    allPlain,
  ],
  [
    "PHP",
    `$server   = '${eu1}';\n$port     = 8883;\n$username = 'soil-lab@ttn';\n$password = '${key}';\n$mqtt = new MqttClient($server, $port, 'php');`,
    all,
  ],
  [
    "Ruby",
    `MQTT::Client.connect(host: '${eu1}', port: 8883, ssl: true, username: 'soil-lab@ttn', password: '${key}')`,
    all,
  ],
  [
    "Lua of NodeMCU",
    `m = mqtt.Client("esp", 120, "soil-lab@ttn", "${key}")\nm:connect("${eu1}", 1883, 0)`,
    allPlain,
  ],
  [
    "C with mosquitto",
    `mosquitto_username_pw_set(mosq, "soil-lab@ttn", "${key}");\nmosquitto_connect(mosq, "${eu1}", 1883, 60);`,
    allPlain,
  ],
  [
    "R",
    `topic_subscribe(host = "${eu1}", port = 1883L, username = "soil-lab@ttn", password = "${key}", topic = "#")`,
    { host: eu1, ...app, ...apiKey },
  ],
  [
    "a mail server in the same file",
    `smtp = smtplib.SMTP("smtp.example.com", 587)\nclient.connect("${eu1}", 8883)\nclient.username_pw_set("soil-lab@ttn", "${key}")`,
    all,
  ],
  [
    "a database in the same file",
    `db = mysql.connector.connect(host="db.example.com", port=3306, user="root")\nclient.connect("${eu1}", 1883, 60)\nclient.username_pw_set("soil-lab@ttn", "${key}")`,
    allPlain,
  ],
];

const files: readonly Row[] = [
  [
    ".env",
    `MQTT_HOST=${eu1}\nMQTT_PORT=8883\nMQTT_USERNAME=soil-lab@ttn\nMQTT_PASSWORD=${key}\n`,
    all,
  ],
  [
    ".env with another port",
    `MQTT_HOST=${lns}\nMQTT_PORT=1884\nMQTT_USER=soil-lab\nMQTT_TLS=false`,
    { host: lns, port: 1884, security: "plaintext", application: "soil-lab" },
  ],
  [
    ".env with quotes and comments",
    `# The Things Network\nTTN_BROKER="${eu1}" # cluster\nTTN_PORT="8883"\nTTN_APP_ID='soil-lab'\nTTN_TENANT='ttn'\nTTN_API_KEY='${key}'`,
    all,
  ],
  [
    ".env with other services",
    `DB_HOST=db.example.com\nDB_PORT=5432\nDB_USER=postgres\nHTTP_PORT=8080\nMQTT_HOST=${eu1}\nMQTT_PORT=8883\nMQTT_USER=soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a URL in .env",
    `BROKER_URL=mqtts://${eu1}:8883\nBROKER_USER=soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "docker compose, list",
    `services:\n  bridge:\n    image: acme/bridge:1.4.2\n    ports:\n      - "1883:1883"\n    environment:\n      - MQTT_HOST=${eu1}\n      - MQTT_PORT=8883\n      - MQTT_USERNAME=soil-lab@ttn\n      - MQTT_PASSWORD=${key}`,
    all,
  ],
  [
    "docker compose, mapping",
    `environment:\n  MQTT_BROKER: ${eu1}\n  MQTT_PORT: "8883"\n  MQTT_USER: "soil-lab@ttn"\n  MQTT_PASSWORD: "${key}"`,
    all,
  ],
  [
    "a Dockerfile",
    `ENV MQTT_HOST ${eu1}\nENV MQTT_PORT 8883\nENV MQTT_USER soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a bridge of mosquitto",
    `connection ttn\naddress ${eu1}:8883\nremote_username soil-lab@ttn\nremote_password ${key}\nbridge_cafile /etc/ssl/certs/ISRG_Root_X1.pem\ntopic # in 0 ttn/ v3/soil-lab@ttn/devices/`,
    { ...all, caFile: "/etc/ssl/certs/ISRG_Root_X1.pem" },
  ],
  [
    "a bridge without port",
    `connection bridge-ttn\naddress ${eu1}\nusername soil-lab@ttn\npassword ${key}`,
    { host: eu1, ...app, ...apiKey },
  ],
  [
    "a bridge beside a listener",
    `listener 1884\nallow_anonymous true\nconnection ttn\naddress ${eu1}:1883\nremote_username soil-lab@ttn`,
    { host: eu1, ...plain, ...app },
  ],
  [
    "Home Assistant",
    `mqtt:\n  broker: ${eu1}\n  port: 8883\n  username: soil-lab@ttn\n  password: ${key}\n  certificate: auto`,
    all,
  ],
  [
    "Home Assistant with a local broker",
    `mqtt:\n  broker: 192.168.1.5\n  port: 1883\n  username: soil-lab\n  discovery: true`,
    { host: "192.168.1.5", ...plain, application: "soil-lab" },
  ],
  [
    "YAML with nesting",
    `ttn:\n  mqtt:\n    server:\n      host: "${lns}"\n      port: 1883\n    credentials:\n      username: "soil-lab"\n      password: "${key}"`,
    { host: lns, ...plain, application: "soil-lab", ...apiKey },
  ],
  [
    "Spring",
    `mqtt.broker.url=ssl://${eu1}:8883\nmqtt.username=soil-lab@ttn\nmqtt.password=${key}`,
    all,
  ],
  [
    "Spring as YAML",
    `mqtt:\n  broker: ssl://${eu1}:8883\n  clientId: any\n  username: soil-lab@ttn\n  applicationId: soil-lab\n  password: ${key}`,
    all,
  ],
  [
    "Telegraf",
    `[[inputs.mqtt_consumer]]\n  servers = ["ssl://${eu1}:8883"]\n  topics = ["v3/+/devices/+/up"]\n  username = "soil-lab@ttn"\n  password = "${key}"\n  data_format = "json_v2"`,
    all,
  ],
  [
    "Telegraf without TLS and with an output",
    `[[inputs.mqtt_consumer]]\n  servers = ["tcp://${eu1}:1883"]\n  username = "soil-lab@ttn"\n[[outputs.influxdb_v2]]\n  urls = ["http://influx.example.com:8086"]`,
    { host: eu1, ...plain, ...app },
  ],
  [
    "openHAB things",
    `Bridge mqtt:broker:ttn "TTN" [ host="${eu1}", secure=true, port=8883, username="soil-lab@ttn", password="${key}" ]`,
    all,
  ],
  [
    "openHAB without TLS",
    `Bridge mqtt:broker:mybroker [ host="${lns}", secure=false, port=1883, username="soil-lab" ]`,
    { host: lns, ...plain, application: "soil-lab" },
  ],
  [
    "an ini file",
    `[mqtt]\nserver = ${eu1}\nport = 8883\nuser = soil-lab@ttn\npassword = ${key}\n[web]\nport = 8080`,
    all,
  ],
  [
    "TOML with a table",
    `[mqtt]\nhost = "${eu1}"\nport = 8883\nuse_tls = true\nusername = "soil-lab@ttn"`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "XML",
    `<mqtt><host>${eu1}</host><port>8883</port><username>soil-lab@ttn</username><password>${key}</password></mqtt>`,
    all,
  ],
  [
    "a CA file beside",
    `host: ${lns}\nport: 8883\ncafile: /home/jo/ca.crt\nusername: soil-lab`,
    { host: lns, ...tls, application: "soil-lab", caFile: "/home/jo/ca.crt" },
  ],
  [
    "TLS on the plain port",
    `host: ${lns}\nport: 1883\ntls: true\nusername: soil-lab`,
    { host: lns, port: 1883, security: "tls", application: "soil-lab" },
  ],
  [
    "ChirpStack's file",
    `[integration.mqtt]\nserver="tcp://${lns}:1883/"\nusername="soil-lab"`,
    { host: lns, ...plain, application: "soil-lab" },
  ],
  [
    "Tasmota",
    `Backlog MqttHost ${eu1}; MqttPort 1883; MqttUser soil-lab@ttn; MqttPassword ${key}`,
    allPlain,
  ],
  [
    "MikroTik",
    `/iot mqtt brokers\nadd address=${eu1} name=ttn port=8883 ssl=yes username=soil-lab@ttn password=${key}`,
    all,
  ],
];

const json = (value: unknown) => JSON.stringify(value, undefined, 2);

const exports_: readonly Row[] = [
  [
    "our own settings entry",
    json({
      application: "soil-lab@ttn",
      host: lns,
      port: 8884,
      security: "tls",
      caFile: "/etc/ca.pem",
    }),
    { host: lns, port: 8884, security: "tls", ...app, caFile: "/etc/ca.pem" },
  ],
  [
    "our own settings with their name",
    `"thethingsstack.applications": [\n  { "application": "soil-lab", "host": "127.0.0.1", "port": 1884, "security": "plaintext" }\n]`,
    { host: "127.0.0.1", port: 1884, security: "plaintext", application: "soil-lab" },
  ],
  [
    "a Node-RED flow",
    json([
      { id: "f6f2187d.f17ca8", type: "tab", label: "TTN" },
      {
        id: "c2a7a7f1.3d5e58",
        type: "mqtt in",
        z: "f6f2187d.f17ca8",
        topic: "v3/soil-lab@ttn/devices/+/up",
        broker: "a1b2c3d4.e5f678",
        x: 150,
        y: 80,
        wires: [["d0c1b2a3.ffeedd"]],
      },
      {
        id: "a1b2c3d4.e5f678",
        type: "mqtt-broker",
        name: "",
        broker: eu1,
        port: "8883",
        tls: "9a8b7c6d.5e4f3a",
        clientid: "",
        usetls: true,
        keepalive: "60",
      },
    ]),
    { host: eu1, ...tls, ...app },
  ],
  [
    "a Node-RED flow in one line with two brokers",
    JSON.stringify([
      {
        id: "0123456789abcdef",
        type: "mqtt-broker",
        broker: "localhost",
        port: "1883",
        usetls: false,
      },
      {
        id: "fedcba9876543210",
        type: "mqtt-broker",
        broker: eu1,
        port: "1883",
        usetls: false,
        credentials: { user: "soil-lab@ttn", password: key },
      },
      {
        id: "00112233aabbccdd",
        type: "mqtt in",
        topic: "v3/soil-lab@ttn/devices/+/up",
        broker: "fedcba9876543210",
      },
    ]),
    allPlain,
  ],
  [
    "an export of MQTTX",
    json([
      {
        clientId: "mqttx_1",
        name: "TTN",
        protocol: "mqtts",
        host: eu1,
        port: 8883,
        username: "soil-lab@ttn",
        password: key,
        ssl: true,
        certType: "server",
        ca: "",
        subscriptions: [{ topic: "v3/+/devices/+/up", qos: 0 }],
      },
    ]),
    all,
  ],
  [
    "an export of MQTTX with others",
    json({
      connections: [
        { name: "test", host: "broker.emqx.io", port: 1883, protocol: "mqtt" },
        {
          name: "TTN",
          host: nam1,
          port: 1883,
          protocol: "mqtt",
          username: "soil-lab@ttn",
          password: key,
        },
      ],
    }),
    { ...allPlain, host: nam1 },
  ],
  [
    "an export of MQTT Explorer",
    json({
      ConnectionManager_connections: {
        "mqtt.eclipse.org": {
          configVersion: 1,
          id: "mqtt.eclipse.org",
          host: "mqtt.eclipse.org",
          port: 1883,
          encryption: false,
          protocol: "mqtt",
        },
        "test.mosquitto.org": {
          configVersion: 1,
          id: "test.mosquitto.org",
          host: "test.mosquitto.org",
          port: 1883,
          encryption: false,
          protocol: "mqtt",
        },
        "7d1c": {
          configVersion: 1,
          id: "7d1c",
          name: "ttn",
          host: eu1,
          port: 8883,
          encryption: true,
          protocol: "mqtt",
          username: "soil-lab@ttn",
          password: key,
          subscriptions: [{ topic: "#", qos: 0 }],
        },
      },
    }),
    all,
  ],
  [
    "a ThingsBoard integration",
    json({
      clientConfiguration: {
        customHost: true,
        host: eu1,
        port: 8883,
        ssl: true,
        credentials: { type: "basic", username: "soil-lab@ttn", password: key },
      },
      topicFilters: [{ filter: "v3/+/devices/+/up", qos: 0 }],
    }),
    all,
  ],
  [
    "the answer of the API",
    json({
      public_address: `${eu1}:1883`,
      public_tls_address: `${eu1}:8883`,
      username: "soil-lab@ttn",
    }),
    { host: eu1, ...tls, ...app },
  ],
  [
    "JSON with a URL",
    json({ mqtt: { url: `mqtts://${eu1}:8883`, username: "soil-lab@ttn", password: key } }),
    all,
  ],
  [
    "JSON escaped for a page",
    `{&quot;host&quot;: &quot;${eu1}&quot;, &quot;port&quot;: 8883, &quot;username&quot;: &quot;soil-lab@ttn&quot;}`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "JSON inside of JSON",
    JSON.stringify(JSON.stringify({ host: eu1, port: 8883, username: "soil-lab@ttn" })),
    { host: eu1, ...tls, ...app },
  ],
  [
    "a piece of JSON",
    `"host": "${eu1}",\n"port": 8883,\n"username": "soil-lab@ttn",`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "JSON between words",
    `My config is\n\`\`\`json\n{ "host": "${eu1}", "port": 1883, "username": "soil-lab@ttn" }\n\`\`\`\nand it fails.`,
    { host: eu1, ...plain, ...app },
  ],
  [
    "two connections that are equally likely",
    json([
      { host: "a.example.com", port: 8883, username: "soil-lab" },
      { host: "b.example.com", port: 8883, username: "soil-lab" },
    ]),
    { host: "a.example.com", ...tls, ...guess, application: "soil-lab" },
  ],
];

const others: readonly Row[] = [
  [
    "the MQTT port in a web address",
    `mqtt.connect("https://${eu1}:8883", { username: "soil-lab@ttn" })`,
    { host: eu1, ...tls, ...app },
  ],
  ["telnet", `telnet ${eu1} 1883`, { host: eu1, ...plain }],
  ["openssl", `openssl s_client -connect ${eu1}:8883 -servername ${eu1}`, { host: eu1, ...tls }],
  [
    "secrets kept elsewhere",
    `mqtt:\n  host: ${eu1}\n  port: 1883\n  username: !secret ttn_user`,
    { host: eu1, ...plain },
  ],
  [
    "a region put together",
    `region = "EU1"\nc.connect(region.lower() + ".cloud.thethings.network", 8883, 60)\nc.username_pw_set("soil-lab@ttn")`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "a key and a page",
    `my key ${key} was made on https://evil.example.net/console/`,
    { host: "evil.example.net", ...guess, ...apiKey },
  ],
  ["two keys", `HOST=${eu1}\nKEY1=${key}\nKEY2=${key.slice(0, -3)}AAA`, { host: eu1 }],
  ["a sentence about users", "the user complained about port forwarding and host names", {}],
  ["the console of all clusters", "https://console.cloud.thethings.network/", {}],
  ["localhost", "localhost", { host: "localhost" }],
  [
    "a message of a device",
    '{"end_device_ids":{"device_id":"pump-1","application_ids":{"application_id":"soil-lab"}},"uplink_message":{"f_port":2}}',
    { application: "soil-lab" },
  ],
  [
    "a log line",
    `2026-01-05T10:00:00Z I! [inputs.mqtt_consumer] Connected [ssl://${eu1}:8883]`,
    { host: eu1, ...tls },
  ],
  [
    "a remote shell",
    `ssh pi@192.168.1.7 "mosquitto_sub -h ${eu1} -p 8883 -u soil-lab@ttn -t '#'"`,
    { host: eu1, ...tls, ...app },
  ],
  ["a topic", "v3/soil-lab@ttn/devices/pump-1/up", app],
  ["a topic without tenant", "v3/soil-lab/devices/+/up", { application: "soil-lab" }],
  ["a topic with a wildcard", "v3/+/devices/+/up", {}],
  ["a topic of the docs", "v3/{application id}@{tenant id}/devices/{device id}/up", {}],
  [
    "a topic and a host",
    `v3/soil-lab@ttn/devices/+/up on ${eu1}:8883`,
    { host: eu1, ...tls, ...app },
  ],
  [
    "values that stand for others",
    "Host: <your-host>, Username: <your-app-id>@<tenant>, Password: <API key>",
    {},
  ],
  [
    "capitals that stand for others",
    `mosquitto_sub -h ${eu1} -u YOUR_APP_ID@ttn -P YOUR_API_KEY`,
    { host: eu1 },
  ],
  ["a name such as your-app-id", `mosquitto_sub -h ${eu1} -u your-app-id@ttn`, { host: eu1 }],
  [
    "invisible characters",
    `\ufeff${eu1}\u200b:8883\u00a0soil-lab@ttn`,
    { host: eu1, ...tls, ...app },
  ],
  ["an encoded id", `user=soil-lab%40ttn&host=${eu1}`, { host: eu1, ...app }],
  ["loopback at the plain port", "soil-lab on 127.0.0.1:1883", { host: "127.0.0.1", ...plain }],
  [
    "loopback at a port of its own",
    "soil-lab@acme on 127.0.0.1:34567",
    { host: "127.0.0.1", port: 34_567, application: "soil-lab@acme" },
  ],
  [
    "a host name of the local network",
    "host: raspberrypi.local port: 1883 user: soil-lab",
    { host: "raspberrypi.local", ...plain, application: "soil-lab" },
  ],
  ["an id with a comma", "soil-lab@ttn,", app],
  [
    "a region only",
    `region: eu1, app id: soil-lab`,
    { host: eu1, ...guess, application: "soil-lab" },
  ],
];

const toCase = ([context, text, found, lines]: Row): PastedCase => ({
  ...{ context, text, found },
  ...(lines === undefined ? {} : { needsLines: true }),
});

export const pastedCases: readonly PastedCase[] = [
  ...[prose, consolePages, urls, refused, commands, code, files, exports_, others],
]
  .flat()
  .map(toCase);
