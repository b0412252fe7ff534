/** Where the downlink goes: application, end device, and what to know about them before sending. */
import {
  maximumShortText,
  type PanelState,
  type Preview,
  type Target,
} from "../../protocol/downlinkPage";
import { element, note, setValue } from "../shared/dom";
import { Field } from "../shared/field";

/** No id of an end device: the choice to type one. */
const typeIt = "?";

interface Choice {
  readonly value: string;
  readonly text: string;
}

export class TargetSection {
  readonly element: HTMLElement;
  private readonly application = new Field("application", "Application", element("select"));
  private readonly device = new Field("device", "End device", element("select"));
  private readonly deviceId = new Field(
    "deviceId",
    "End device id",
    element("input", {
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      placeholder: "pump-controller-3",
      maxlength: String(maximumShortText),
      class: "code",
    }),
  );
  private readonly banners = element("div", { class: "banners" });
  private readonly warning = element("div");
  private isVisited = false;
  private bannerText = "";

  /** @param onChange `isTyped` for ids written by hand, which all share one draft */
  constructor(
    private readonly onChange: (target: Target, isTyped: boolean) => void,
    private readonly onLeave: () => void,
  ) {
    const { application, device, deviceId } = this;
    const row = element("div", { class: "row" }, application.element, device.element);
    this.element = element("div", {}, this.banners, row, deviceId.element, this.warning);
    application.control.addEventListener("change", () => {
      this.onChange({ applicationKey: application.control.value, deviceId: "" }, false);
    });
    device.control.addEventListener("change", () => this.chooseDevice());
    deviceId.control.addEventListener("input", () => {
      this.isVisited = true;
      this.onChange(this.target(deviceId.control.value), true);
    });
    for (const control of [device.control, deviceId.control]) {
      control.addEventListener("blur", () => {
        this.isVisited = true;
        this.onLeave();
      });
    }
  }

  /** Another target is shown, whose fields the user has not been to. */
  reset(): void {
    this.isVisited = false;
  }

  update(
    state: PanelState,
    target: Target,
    isTyped: boolean,
    preview: Preview | undefined,
    showAll: boolean,
  ): void {
    this.showApplications(state, target);
    this.showDevices(state, target, isTyped);
    const problem = (field: string) =>
      preview?.problems.find((each) => each.field === field)?.message;
    const deviceProblem = showAll || this.isVisited ? problem("device") : undefined;
    this.application.setProblem(showAll ? problem("application") : undefined);
    this.device.setProblem(isTyped ? undefined : deviceProblem);
    this.deviceId.setProblem(isTyped ? deviceProblem : undefined);
    const warning = preview?.deviceWarning ?? "";
    this.warning.replaceChildren(...(warning === "" ? [] : [note("warning", warning)]));
    this.showBanners(state, target);
  }

  private chooseDevice(): void {
    const { value } = this.device.control;
    this.isVisited = false;
    this.onChange(this.target(value === typeIt ? "" : value), value === typeIt);
    if (value === typeIt) this.deviceId.control.focus();
  }

  private target(deviceId: string): Target {
    return { applicationKey: this.application.control.value, deviceId };
  }

  private showApplications(state: PanelState, target: Target): void {
    const chosen = state.applications.find((each) => each.key === target.applicationKey);
    const choices = state.applications.map(({ key, label }) => ({ value: key, text: label }));
    if (!chosen) choices.unshift({ value: "", text: "Choose an application" });
    showChoices(this.application.control, choices, chosen?.key ?? "");
    this.application.setHint(
      chosen ? `${chosen.server} · ${chosen.connected ? "connected" : "not connected"}` : "",
    );
  }

  private showDevices(state: PanelState, target: Target, isTyped: boolean): void {
    const choices: Choice[] = state.devices.map(({ deviceId, detail }) => ({
      value: deviceId,
      text: detail === "" ? deviceId : `${deviceId} – ${detail}`,
    }));
    const isHeard = choices.some((each) => each.value === target.deviceId);
    // After a reload the one that was chosen may not have spoken yet.
    if (!isTyped && !isHeard && target.deviceId !== "")
      choices.unshift({ value: target.deviceId, text: target.deviceId });
    const listed = choices.some((each) => each.value === target.deviceId);
    if (!isTyped && !listed) choices.unshift({ value: "", text: "Choose an end device" });
    choices.push({ value: typeIt, text: "Another end device id…" });
    const chosen = listed ? target.deviceId : "";
    showChoices(this.device.control, choices, isTyped ? typeIt : chosen);
    const { moreDevices } = state;
    this.device.setHint(moreDevices > 0 ? `${moreDevices} more are not listed: type the id.` : "");
    this.deviceId.element.hidden = !isTyped;
    setValue(this.deviceId.control, isTyped ? target.deviceId : "");
  }

  private showBanners(state: PanelState, target: Target): void {
    const chosen = state.applications.find((each) => each.key === target.applicationKey);
    const banners: [tone: "warning" | "info", text: string][] = [];
    if (state.applications.length === 0) {
      banners.push([
        "info",
        "There is no application yet. Add one in the tree of The Things Stack.",
      ]);
    }
    if (chosen && !chosen.connected) {
      banners.push([
        "warning",
        "Not connected. Nothing can be sent, and nothing is kept to be sent later.",
      ]);
    }
    if (chosen?.mayNotSend === true) {
      banners.push([
        "warning",
        "The API key may not send downlinks: the server throws them away without a word. Set a key with the right “Write downlink application traffic”.",
      ]);
    }
    if (chosen?.production) {
      banners.push(["warning", "Marked as production: every downlink asks for your consent."]);
    }
    if (chosen?.isDemo) {
      banners.push(["info", "Demo network: its end devices are simulated."]);
    }
    const text = JSON.stringify(banners);
    if (text === this.bannerText) return;
    this.bannerText = text;
    this.banners.replaceChildren(...banners.map(([tone, words]) => note(tone, words)));
  }
}

/** Keeps the option elements as long as the values stay, so that an open list is not disturbed. */
function showChoices(select: HTMLSelectElement, choices: readonly Choice[], chosen: string): void {
  const options = [...select.options];
  const same =
    options.length === choices.length &&
    options.every((option, index) => option.value === choices[index]?.value);
  if (!same) {
    select.replaceChildren(...choices.map(({ value, text }) => element("option", { value }, text)));
  } else {
    for (const [index, option] of options.entries()) {
      const text = choices[index]?.text ?? "";
      if (option.textContent !== text) option.textContent = text;
    }
  }
  setValue(select, chosen);
}
