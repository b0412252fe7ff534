/** Which application, end device or message a command is about: from its argument, the selection or a question. */
import type { Application } from "../model/application";
import type { EventEntry } from "../model/eventStore";
import { isId } from "../stack/identifiers";
import { parseUpstreamTopic } from "../stack/topics";
import { connectionText } from "../views/connectionText";
import type { DeviceNode, TreeNode } from "../views/tree/treeNodes";
import { duration } from "../views/times";
import { deviceIdProblem } from "../stack/downlink";
import { askChoice, askText, type Answer, type Choice, type StepFrame } from "./quickInput";
import type { CommandServices } from "./services";

/** An end device of an application; it need not have been seen yet. */
export interface DeviceTarget {
  readonly application: Application;
  readonly deviceId: string;
}

/** The tree node in an argument, checked by what it refers to; anything else is ignored. */
function nodeOf({ model }: CommandServices, argument: unknown): TreeNode | undefined {
  if (typeof argument !== "object" || argument === null || !("type" in argument)) return undefined;
  const node = argument as TreeNode;
  const application = applicationOfNode(node) as Application | undefined;
  return application && model.application(application.key) === application ? node : undefined;
}

function applicationOfNode(node: TreeNode): Application {
  return node.type === "application" || node.type === "device"
    ? node.application
    : node.parent.application;
}

/** The application meant without asking: by argument (node or key), or the only one there is. */
export function applicationFrom(
  services: CommandServices,
  argument: unknown,
): Application | undefined {
  if (typeof argument === "string") return services.model.application(argument);
  const node = nodeOf(services, argument);
  return node && applicationOfNode(node);
}

export async function askApplication(
  services: CommandServices,
  argument: unknown,
  options: {
    readonly title: string;
    readonly accepts?: (application: Application) => boolean;
    readonly canGoBack?: boolean;
  },
): Promise<Answer<Application>> {
  const given = applicationFrom(services, argument);
  if (given) return { value: given };
  const accepts = options.accepts ?? (() => true);
  const now = Date.now();
  return askChoice({
    title: options.title,
    canGoBack: options.canGoBack ?? false,
    placeholder: "Choose an application",
    matchesEverywhere: true,
    choices: services.model.applications.filter(accepts).map((application) => ({
      label: application.label,
      description: `${application.settings.host}:${application.settings.port}`,
      detail: connectionText(application, now),
      value: application,
    })),
  });
}

/** The end device meant by an argument or by the selected row. */
export function deviceFrom(services: CommandServices, argument: unknown): DeviceTarget | undefined {
  const node = nodeOf(services, argument);
  const device = node && deviceNodeOf(node);
  return device && { application: device.application, deviceId: device.device.deviceId };
}

/** Of a row of an end device or of one below it. */
function deviceNodeOf(node: TreeNode): DeviceNode | undefined {
  if (node.type === "device") return node;
  return "parent" in node && node.parent.type === "device" ? node.parent : undefined;
}

/**
 * The end devices meant by a command on rows of the tree, each once: all that are selected, or the one of the argument
 * where that is not among them.
 */
export function devicesFrom(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly DeviceTarget[] {
  // From the palette there are no arguments, but rows may be selected.
  const rows = Array.isArray(selected) ? selected : [argument ?? services.tree.selections].flat();
  const targets = rows.flatMap((row) => deviceFrom(services, row) ?? []);
  const idOf = (each: DeviceTarget) => JSON.stringify([each.application.key, each.deviceId]);
  const byId = new Map(targets.map((each) => [idOf(each), each]));
  const own = deviceFrom(services, argument);
  return own && !byId.has(idOf(own)) ? [own] : [...byId.values()];
}

/** Known end devices, the latest sign of life first. */
export function deviceChoices(application: Application): readonly Choice<string>[] {
  const now = Date.now();
  const devices = [...application.endDevices.values()].sort(
    (a, b) => b.lastEventAt - a.lastEventAt,
  );
  return devices.slice(0, 1_000).map((device) => ({
    label: device.deviceId,
    description: `heard ${duration(now - (device.lastHeardAt ?? device.lastEventAt))} ago`,
    value: device.deviceId,
  }));
}

/** Known end devices, or any other id. */
export async function askDevice(
  application: Application,
  frame: StepFrame,
): Promise<Answer<string>> {
  const known: readonly Choice<string | undefined>[] = deviceChoices(application);
  const other = { label: "Another end device…", alwaysShow: true, value: undefined };
  for (;;) {
    const answer = await askChoice<string | undefined>({
      ...frame,
      placeholder: "Choose an end device",
      choices: [...known, other],
    });
    if (typeof answer === "string") return answer;
    if (answer.value !== undefined) return { value: answer.value };
    const typed = await askDeviceId(application, { ...frame, canGoBack: true });
    if (typed !== "back") return typed;
  }
}

function askDeviceId(application: Application, frame: StepFrame): Promise<Answer<string>> {
  return askText({
    ...frame,
    prompt: "End device id as in the Console",
    placeholder: "soil-probe-01",
    value: "",
    check: (text) => {
      if (!isId(text)) return { error: deviceIdProblem(text) };
      if (application.endDevices.has(text)) return undefined;
      return {
        warning:
          "Never seen in this application's traffic. The server drops a wrong id without a word.",
      };
    },
  });
}

/** The message meant: by a tree row, or by an event's number. Of an end device its latest uplink, if that is still kept. */
export function eventFrom(services: CommandServices, argument: unknown): EventEntry | undefined {
  if (typeof argument === "number") return services.model.events.get(argument);
  const node = nodeOf(services, argument);
  if (node?.type === "event") return node.entry;
  const latest = node && deviceNodeOf(node)?.device.lastUplink;
  return latest && services.model.events.get(latest.eventId);
}

/** An end device whose messages are meant. */
export interface Speaker {
  readonly applicationKey: string;
  readonly deviceId: string;
}

/** The end device that a row or an event's number is about. */
export function speakerFrom(services: CommandServices, argument: unknown): Speaker | undefined {
  const device = deviceFrom(services, argument);
  if (device) return { applicationKey: device.application.key, deviceId: device.deviceId };
  const entry = eventFrom(services, argument);
  const deviceId = entry && "deviceId" in entry.content ? entry.content.deviceId : undefined;
  return entry && deviceId !== undefined
    ? { applicationKey: entry.applicationKey, deviceId }
    : undefined;
}

/** Events of the end device that a row or an event's number is about, of all end devices without one; the newest first. */
export function latestEvents(
  services: CommandServices,
  argument: unknown,
  maximum: number,
): readonly EventEntry[] {
  const { events } = services.model;
  const device = speakerFrom(services, argument);
  const found: EventEntry[] = [];
  for (let id = events.nextEventId - 1; id > events.evicted && found.length < maximum; id--) {
    if (device && !isOf(events.originOf(id), device)) continue;
    const entry = events.get(id);
    if (entry) found.push(entry);
  }
  return found;
}

/** By its topic, which needs no decoding. */
function isOf(
  origin: { readonly topic: string; readonly applicationKey: string } | undefined,
  { applicationKey, deviceId }: Speaker,
): boolean {
  return (
    origin?.applicationKey === applicationKey &&
    parseUpstreamTopic(origin.topic)?.deviceId === deviceId
  );
}
