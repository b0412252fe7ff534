/** Where the HTTP API of a stack may be, beside its MQTT server. Source: real-http, tts-mqtt §9. */
import type { ServerAddress } from "../mqtt/socket";

/** The stack's own port with TLS, for who runs it without a web server in front. */
const ownTlsPort = 8885;
const ownPlaintextPort = 1885;

/**
 * The places to ask, the likeliest first; always the very host that the key is bound to. Without TLS only where MQTT is used
 * without it, and after those with.
 */
export function apiAddresses(mqtt: ServerAddress): readonly ServerAddress[] {
  const at = (security: ServerAddress["security"], port: number): ServerAddress => ({
    ...mqtt,
    security,
    port,
  });
  const withTls = isPublicCluster(mqtt.host) ? [443] : [443, ownTlsPort];
  const addresses = withTls.map((port) => at("tls", port));
  if (mqtt.security !== "plaintext") return addresses;
  return [...addresses, at("plaintext", ownPlaintextPort)];
}

/** As people read it: `https://localhost:8885`. */
export function apiName({ host, port, security }: ServerAddress): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return security === "plaintext" ? `http://${name}:${port}` : `https://${name}:${port}`;
}

/** The operator's clusters: their ids of applications end in a tenant, and the rights of keys are kept on one of them. */
export function isPublicCluster(host: string): boolean {
  return /\.cloud\.thethings\.(?:network|industries)$/.test(host);
}
