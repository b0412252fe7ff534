/** What a label in front of a value says: host, port, user, tenant, TLS, CA file; in many languages and spellings. */

export type LabelKind = "host" | "port" | "application" | "tenant" | "tls" | "scheme" | "caFile";

const hostWords = new Set(
  (
    "host hostname hostnames hosts server servers servername serveruri serveruris broker brokers brokerurl address addr adress " +
    "adresse url uri endpoint ip fqdn mqttserver mqtthost mqttbroker brokeraddress serveraddress hosturl " +
    "dirección direccion endereço endereco indirizzo servidor serveur adres adress servern palvelin serwer szerver sunucu " +
    "адрес сервер хост アドレス サーバー ホスト 地址 服务器 主机 服务器地址 주소 서버 호스트"
  ).split(" "),
);
const portWords = new Set(
  "port portnumber ports puerto porta poort portti порт ポート ポート番号 端口 포트 mqttport brokerport serverport".split(
    " ",
  ),
);
const applicationWords = new Set(
  (
    "user username usr usern login account benutzername benutzer nutzername usuario utilisateur utente gebruikersnaam gebruiker " +
    "användarnamn brukernavn brugernavn käyttäjätunnus użytkownika użytkownik uživatel felhasználónév пользователя пользователь " +
    "ユーザー名 ユーザ名 用户名 使用者名稱 사용자 mqttuser mqttusername brokeruser remoteusername application applicationid " +
    "applicationuid appid app appname applicationname anwendung anwendungs-id usuário utilizador"
  ).split(" "),
);
const tenantWords = new Set("tenant tenantid mandant inquilino locataire テナント 租户".split(" "));
const tlsWords = new Set(
  "tls ssl usetls usessl secure encryption encrypted tlsenabled sslenabled enabletls enablessl encriptación verschlüsselung chiffrement".split(
    " ",
  ),
);
const schemeWords = new Set(
  "protocol scheme proto security transport protokoll protocolo protocole".split(" "),
);
const caWords = new Set(
  "ca cafile cacert cacerts cacertificate capath cert tlsca bridgecafile rootca sslca catlsfile castorepath certificateauthority trustedcafile".split(
    " ",
  ),
);
/** In front of a word such as port, these say that it is of something else. */
const foreign = new Set(
  (
    "http https web ws wss websocket udp serial com gateway gw db database sql mysql postgres postgresql pg redis influx influxdb " +
    "mongo mongodb grafana smtp mail email ssh ftp ntp dns proxy local lan frame f listen listener wifi ssid console dashboard " +
    "ui api rest docs doc image router source src destination mac dev device join cups lns node prometheus telnet syslog " +
    "timescale elastic kafka rabbitmq amqp coap modbus opc snmp ldap vpn sftp client bind access"
  ).split(" "),
);

/** The parts of a name: `mqttBrokerHost`, `MQTT_BROKER_HOST` and `mqtt.broker-host` are the same. */
function partsOf(name: string): string[] {
  return name
    .slice(0, 64)
    .replace(/([a-zà-ÿ\d])([A-ZÀ-Þ])/g, "$1 $2")
    .toLowerCase()
    .split(/[\s_.\-/$%:]+/)
    .filter((part) => part !== "");
}

const tables: readonly (readonly [LabelKind, ReadonlySet<string>])[] = [
  ["caFile", caWords],
  ["tls", tlsWords],
  ["scheme", schemeWords],
  ["tenant", tenantWords],
  ["port", portWords],
  ["application", applicationWords],
  ["host", hostWords],
];

/** What the label is of; undefined when it is no label, or one of something else than the connection. */
export function labelKind(name: string): LabelKind | undefined {
  if (name.length > 64) return undefined;
  const parts = partsOf(name);
  if (parts.length === 0 || parts.length > 6) return undefined;
  if (parts.some((part) => foreign.has(part)) && !parts.includes("mqtt")) return undefined;
  const ends = [parts.slice(-3), parts.slice(-2), parts.slice(-1)].map((end) => end.join(""));
  for (const [kind, words] of tables) if (ends.some((end) => words.has(end))) return kind;
  // `user_id`, `app_uid`, `ca_file`, `broker_name`: the last word only says what kind of name it is.
  const last = parts.at(-1) ?? "";
  if (parts.length > 1 && /^(?:id|uid|name|file|path|1|value|default|enabled|ip)$/.test(last)) {
    return labelKind(parts.slice(0, -1).join("_"));
  }
  return undefined;
}

/** True when the word before a label says that it is of something else: `HTTP port`, `web address`, `mail server`. */
export function isForeign(word: string): boolean {
  return partsOf(word).some((part) => foreign.has(part));
}

/** Words that may stand between a label and its value. */
export const fillers = new Set(
  (
    "is are was the a an mqtt mqtts tls ssl tcp secure plain non unencrypted encrypted name id number nr no uri url address adresse host " +
    "server broker hostname public int integer str string char const constexpr uint16_t uint16 ushort short long var let val " +
    "std::string string? default value for on at to with of und der die das ist lautet öffentliche pública publique tls-adresse " +
    "application user username nummer número puerto usuario nombre d'utilisateur utilisateur uid tenant ip de del do da static final " +
    "static: e.g i.e should be using use text tcp/ip :: option list uci"
  ).split(" "),
);
