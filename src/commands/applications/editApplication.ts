/** Changes one thing after another of a stored application. */
import { applicationKey, tlsPort, type ApplicationSettings } from "../../stack/applicationSettings";
import {
  askApplicationUid,
  askHost,
  askLabel,
  askPort,
  askSecurity,
  askSubscription,
} from "./connectionSteps";
import { pickCaFile } from "./caFile";
import { notify } from "../../views/notices";
import { consentToPlaintext } from "../consents";
import { askChoice, type Choice, type StepFrame } from "../quickInput";
import { askApiKey } from "./setApiKey";
import { askApplication } from "../targets";
import type { Command, CommandServices } from "../services";

type Field =
  | "label"
  | "application"
  | "host"
  | "port"
  | "security"
  | "caFile"
  | "subscribe"
  | "connectOnStartup"
  | "production";

export const editApplication: Command = (services) => async (argument) => {
  const answer = await askApplication(services, argument, { title: "Edit an Application" });
  if (typeof answer === "string" || answer.value.isDemo) return;
  let key = answer.value.key;
  for (;;) {
    const before = services.applications.find(key);
    if (!before) return;
    const title = `Edit ${before.application}`;
    const field = await askChoice<Field>({
      title,
      canGoBack: false,
      placeholder: "What to change; Escape when done",
      choices: choicesFor(before),
    });
    if (typeof field === "string") return;
    const after = await changed(before, field.value, title);
    if (after && (await save(services, before, after))) key = applicationKey(after);
  }
};

function choicesFor(settings: ApplicationSettings): Choice<Field>[] {
  const row = (value: Field, label: string, description: string) => ({ value, label, description });
  return [
    row("label", "Name", settings.label ?? "the application id"),
    row("application", "Application id", settings.application),
    row("host", "Host", settings.host),
    row("port", "Port", String(settings.port)),
    row(
      "security",
      "Security",
      settings.security === "tls" ? "TLS" : "PLAINTEXT: readable on the way",
    ),
    row("caFile", "CA file", settings.caFile ?? "none: publicly trusted certificates only"),
    row("subscribe", "Subscription", settings.subscribe?.join(", ") ?? "everything"),
    row("connectOnStartup", "Connect at start", settings.connectOnStartup === true ? "yes" : "no"),
    row(
      "production",
      "Production: ask before every send",
      settings.production === true ? "yes" : "no",
    ),
  ];
}

/** The settings with one field changed, or undefined if the user thought better of it. */
async function changed(
  settings: ApplicationSettings,
  field: Field,
  title: string,
): Promise<ApplicationSettings | undefined> {
  const frame = { title, canGoBack: true };
  switch (field) {
    case "label": {
      const answer = await askLabel(frame, settings.label ?? "");
      return typeof answer === "string" ? undefined : withOptional(settings, "label", answer.value);
    }
    case "application": {
      const answer = await askApplicationUid(frame, settings.application, settings.host);
      return typeof answer === "string" ? undefined : { ...settings, application: answer.value };
    }
    case "host": {
      const answer = await askHost(frame, settings.host);
      return typeof answer === "string" ? undefined : { ...settings, host: answer.value };
    }
    case "port": {
      const answer = await askPort(frame, settings.port);
      return typeof answer === "string" ? undefined : { ...settings, port: Number(answer.value) };
    }
    case "security": {
      const port = settings.port === tlsPort ? undefined : settings.port;
      const answer = await askSecurity(frame, { host: settings.host, port });
      return typeof answer === "string" ? undefined : { ...settings, ...answer.value };
    }
    case "caFile":
      return changeCaFile(settings, frame);
    case "subscribe": {
      const answer = await askSubscription(frame, settings);
      if (typeof answer === "string") return undefined;
      return withOptional(settings, "subscribe", answer.value);
    }
    case "connectOnStartup":
      return { ...settings, connectOnStartup: settings.connectOnStartup !== true };
    case "production":
      return { ...settings, production: settings.production !== true };
  }
}

/** An empty value takes the setting away. */
function withOptional<Name extends "label" | "caFile" | "subscribe">(
  settings: ApplicationSettings,
  name: Name,
  value: NonNullable<ApplicationSettings[Name]>,
): ApplicationSettings {
  const entries = Object.entries(settings).filter(([key]) => key !== name);
  const rest = Object.fromEntries(entries) as unknown as ApplicationSettings;
  return value.length === 0 ? rest : { ...rest, [name]: value };
}

type CaChoice = "choose" | "remove";

/** Choosing another file and trusting none are acts of their own; every way out of either changes nothing. */
async function changeCaFile(
  settings: ApplicationSettings,
  frame: StepFrame,
): Promise<ApplicationSettings | undefined> {
  if (settings.caFile === undefined) return chooseCaFile(settings);
  const answer = await askChoice<CaChoice>({
    ...frame,
    placeholder: `CA file: ${settings.caFile}`,
    choices: [
      { label: "Choose Another File…", value: "choose" },
      {
        label: "Remove the CA File",
        detail: "From then on only publicly trusted certificates are accepted.",
        value: "remove",
      },
    ],
  });
  if (typeof answer === "string") return undefined;
  return answer.value === "remove" ? withOptional(settings, "caFile", "") : chooseCaFile(settings);
}

async function chooseCaFile(
  settings: ApplicationSettings,
): Promise<ApplicationSettings | undefined> {
  const file = await pickCaFile();
  return file === undefined ? undefined : withOptional(settings, "caFile", file);
}

/** A key is bound to host, port and application: if one of them changes, the key is asked for again (reliability R13). */
async function save(
  services: CommandServices,
  before: ApplicationSettings,
  after: ApplicationSettings,
): Promise<boolean> {
  const keyBefore = applicationKey(before);
  const keyAfter = applicationKey(after);
  if (!(await consentToPlaintext(services, after))) return false;
  if (keyBefore === keyAfter) {
    await services.applications.replace(keyBefore, after);
    return true;
  }
  if (services.applications.find(keyAfter)) {
    await notify("error", "This application of this server is in the list already.");
    return false;
  }
  const apiKey = await askApiKey(after, { title: `API Key for ${after.host}`, canGoBack: true });
  if (typeof apiKey === "string") return false;
  await services.apiKeys.store(after, apiKey.value);
  await services.applications.replace(keyBefore, after);
  await services.apiKeys.delete(before);
  services.connections.connect(keyAfter);
  return true;
}
