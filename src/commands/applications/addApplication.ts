/** Adds an application from whatever the user can paste, asking only for what is missing. */
import {
  applicationKey,
  maximumApplications,
  tlsPort,
  type ApplicationSettings,
} from "../../stack/applicationSettings";
import { parsePastedConnection, type PastedConnection } from "../../stack/pastedConnection";
import {
  askApplicationUid,
  askHost,
  askSecurity,
  lacksTenant,
  readCaFile,
} from "./connectionSteps";
import { notify } from "../../views/notices";
import { runCheck } from "./checkApplication";
import { consentToPlaintext } from "../consents";
import { askChoice, askText, runFlow, type Feedback, type FlowStep } from "../quickInput";
import { askApiKey } from "./setApiKey";
import type { Command, CommandServices } from "../services";

interface Draft {
  readonly host?: string;
  readonly application?: string;
  readonly port?: number;
  readonly security?: "tls" | "plaintext";
  readonly caFile?: string;
  readonly apiKey?: string;
  readonly connectOnStartup?: boolean;
}

const title = "Add an Application";

export const addApplication: Command = (services) => async () => {
  if (services.applications.read().length >= maximumApplications) {
    await notify("error", `At most ${maximumApplications} applications fit in.`);
    return;
  }
  const draft = await runFlow<Draft>({}, steps);
  if (!draft) return;
  const settings = settingsOf(draft);
  const { apiKey } = draft;
  if (!settings || apiKey === undefined) return;
  if (!(await consentToPlaintext(services, settings))) return;
  await save(services, settings, apiKey);
};

const steps: readonly FlowStep<Draft>[] = [
  askPaste,
  hostStep,
  applicationStep,
  securityStep,
  keyStep,
  startupStep,
];

async function askPaste(draft: Draft): ReturnType<FlowStep<Draft>> {
  const answer = await askText({
    title,
    canGoBack: false,
    prompt:
      "Paste what you have: the text of the Console's MQTT page, host:port, a URL, a mosquitto_sub command, or app@tenant. Empty asks step by step.",
    placeholder: "soil-lab@ttn, eu1.cloud.thethings.network:8883, mosquitto_sub -h …",
    value: "",
    check: pasteFeedback,
  });
  return typeof answer === "string" ? answer : { ...draft, ...parsePastedConnection(answer.value) };
}

/** Says what was understood, so that nobody has to guess. */
function pasteFeedback(text: string): Feedback {
  if (text === "") return undefined;
  const found = parsePastedConnection(text);
  const parts = foundParts(found);
  if (parts.length === 0)
    return { error: "Nothing of a connection found in this. Empty it to be asked step by step." };
  return { hint: `Found ${parts.join(", ")}` };
}

function foundParts(found: PastedConnection): string[] {
  const { application, host, port, apiKey, caFile } = found;
  const parts: string[] = [];
  if (application !== undefined) parts.push(`application ${application}`);
  if (host !== undefined) parts.push(`host ${host}`);
  if (port !== undefined) parts.push(`port ${port}`);
  if (caFile !== undefined) parts.push("a CA file");
  if (apiKey !== undefined) parts.push("an API key");
  return parts;
}

async function hostStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  if (draft.host !== undefined) return "skip";
  const answer = await askHost({ title, canGoBack }, "");
  return typeof answer === "string" ? answer : { ...draft, host: answer.value };
}

async function applicationStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  const { application = "", host = "" } = draft;
  if (application !== "" && !lacksTenant(application, host)) return "skip";
  const answer = await askApplicationUid({ title, canGoBack }, application, host);
  return typeof answer === "string" ? answer : { ...draft, application: answer.value };
}

async function securityStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  const { port, security } = draft;
  if (port === undefined || port === tlsPort || security === "tls") return "skip";
  const answer = await askSecurity({ title, canGoBack }, port);
  return typeof answer === "string" ? answer : { ...draft, ...answer.value };
}

async function keyStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  if (draft.apiKey !== undefined) return "skip";
  const { application = "", host = "" } = draft;
  const answer = await askApiKey({ application, host }, { title, canGoBack });
  return typeof answer === "string" ? answer : { ...draft, apiKey: answer.value };
}

async function startupStep(draft: Draft, canGoBack: boolean): ReturnType<FlowStep<Draft>> {
  const answer = await askChoice({
    title,
    canGoBack,
    placeholder: `Connect ${draft.application ?? ""} now`,
    choices: [
      {
        label: "Connect now",
        detail: "After a restart it waits in the tree until you connect.",
        value: false,
      },
      { label: "Connect now and whenever VS Code starts", value: true },
    ],
  });
  return typeof answer === "string" ? answer : { ...draft, connectOnStartup: answer.value };
}

function settingsOf(draft: Draft): ApplicationSettings | undefined {
  const { application, host, port, security, caFile, connectOnStartup } = draft;
  if (application === undefined || host === undefined) return undefined;
  return {
    application,
    host,
    port: port ?? tlsPort,
    security: security ?? "tls",
    ...(caFile === undefined ? {} : { caFile }),
    ...(connectOnStartup === true ? { connectOnStartup } : {}),
  };
}

/** The key first and read back, then the setting, so that nothing half-saved remains. */
async function save(
  services: CommandServices,
  settings: ApplicationSettings,
  apiKey: string,
): Promise<void> {
  const key = applicationKey(settings);
  if (
    settings.caFile !== undefined &&
    (await readCaFile(settings.caFile).catch(() => undefined)) === undefined
  ) {
    await notify(
      "error",
      "The CA file cannot be used: it must be a PEM file, given with its whole path. The application was not added.",
    );
    return;
  }
  try {
    await services.apiKeys.store(settings, apiKey);
  } catch (error) {
    services.diagnostics.error("storing an API key failed", error);
    await notify(
      "error",
      "The system's keyring did not take the API key, so the application was not added.",
    );
    return;
  }
  try {
    if (services.applications.find(key)) await services.applications.replace(key, settings);
    else await services.applications.add(settings);
  } catch (error) {
    await services.apiKeys.delete(settings);
    throw error;
  }
  services.connections.restart(key, { keyChanged: true });
  services.connections.connect(key);
  if (!(await connects(services, key))) await runCheck(services, key);
}

/** Waits for the end of the first attempt; true when it led to a connection. */
async function connects({ model }: CommandServices, key: string): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isConnected: boolean) => {
      subscription.dispose();
      resolve(isConnected);
    };
    const look = () => {
      const phase = model.application(key)?.connection.phase;
      if (phase !== "connecting") end(phase === "connected" || phase === undefined);
    };
    const subscription = model.onDidChange(look);
    look();
  });
}
