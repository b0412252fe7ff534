/** Which calls the HTTP API has, and the right that each needs. Source: real-http. */
import type { Right } from "../server/apiKey";
import { notHere, type ApiAnswer } from "./apiAnswer";
import { refusal, type ApiCall } from "./apiCall";
import { getQueue, postDownlinks, postSimulated } from "./downlinkCalls";
import { postDecodeDownlink, postDecodeUplink, postEncodeDownlink } from "./formatterCalls";
import * as registry from "./registryCalls";
import { getAuthInfo, getConnectionInfo, getRights } from "./rightsCalls";

type Handler = (call: ApiCall) => ApiAnswer | Promise<ApiAnswer>;

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly right: Right | undefined;
  readonly handle: Handler;
}

const id = "([a-z0-9](?:-?[a-z0-9]){0,99})";

/** `path` below `/api/v3`; `:app` and `:dev` stand for ids. */
function route(method: string, path: string, right: Right | undefined, handle: Handler): Route {
  const pattern = path.replace(":app", `(?<app>${id})`).replace(":dev", `(?<dev>${id})`);
  return { method, path: new RegExp(`^/api/v3${pattern}$`), right, handle };
}

const read: Right = "RIGHT_APPLICATION_TRAFFIC_READ";
const write: Right = "RIGHT_APPLICATION_TRAFFIC_DOWN_WRITE";
const devices: Right = "RIGHT_APPLICATION_DEVICES_READ";
const basic: Right = "RIGHT_APPLICATION_SETTINGS_BASIC";
const ofApp = "/as/applications/:app";
const ofDevice = `${ofApp}/devices/:dev`;

const routes: readonly Route[] = [
  route("GET", "/applications/:app/rights", undefined, getRights),
  route("GET", "/auth_info", undefined, getAuthInfo),
  route("GET", `${ofApp}/mqtt-connection-info`, "RIGHT_APPLICATION_INFO", getConnectionInfo),
  route("GET", `${ofDevice}/down`, read, getQueue),
  route("POST", `${ofDevice}/down/push`, write, (call) => postDownlinks(call, "push")),
  route("POST", `${ofDevice}/down/replace`, write, (call) => postDownlinks(call, "replace")),
  route("POST", `${ofDevice}/up/simulate`, "RIGHT_APPLICATION_TRAFFIC_UP_WRITE", postSimulated),
  route("POST", `${ofDevice}/up/decode`, read, postDecodeUplink),
  route("POST", `${ofDevice}/down/encode`, write, postEncodeDownlink),
  route("POST", `${ofDevice}/down/decode`, read, postDecodeDownlink),
  route("GET", "/applications/:app/devices", devices, registry.getDevices),
  route("GET", "/search/applications/:app/devices", devices, registry.getDevices),
  route("GET", "/applications/:app/devices/:dev", devices, registry.getDevice),
  route("GET", "/ns/applications/:app/devices/:dev", devices, registry.getNetworkDevice),
  route("GET", ofDevice, devices, registry.getApplicationDevice),
  route("PUT", ofDevice, "RIGHT_APPLICATION_DEVICES_WRITE", registry.putApplicationDevice),
  route("GET", `${ofApp}/link`, basic, registry.getLink),
  route("PUT", `${ofApp}/link`, basic, registry.putLink),
];

/** Answers a call; 404 without a word about anything for what is not here. */
export async function answerCall(
  method: string,
  path: string,
  call: Omit<ApiCall, "applicationId" | "deviceId">,
): Promise<ApiAnswer> {
  for (const { path: pattern, right, handle, method: own } of routes) {
    const found = own === method ? pattern.exec(path) : null;
    if (found === null) continue;
    const { app = "", dev = "" } = found.groups ?? {};
    const whole = { ...call, applicationId: app, deviceId: dev };
    const refused = right === undefined ? undefined : refusal(whole, right);
    return registry.tooLongScript(whole) ?? refused ?? (await handle(whole));
  }
  return notHere;
}
