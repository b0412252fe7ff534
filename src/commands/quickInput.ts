/**
 * Input boxes and lists, in several steps with Back. The one place that opens them: names of files and texts of servers may
 * stand in all words, and VS Code finds no link, icon or line break there.
 */
import * as vscode from "vscode";
import { plainLabel, plainWords } from "../stack/visible";
import { DisposableStore } from "../util/disposables";

/** `back` goes one step back, `cancel` ends the flow without any effect. */
export type StepEnd = "back" | "cancel";
export type Answer<T> = { readonly value: T } | StepEnd;

export interface StepFrame {
  readonly title: string;
  readonly canGoBack: boolean;
  /** A click beside the box leaves it; otherwise what was typed waits there. */
  readonly closesElsewhere?: boolean;
}

/** What is said below the box while typing: an error keeps Enter from working, a hint does not. */
export type Feedback =
  { readonly error: string } | { readonly hint: string } | { readonly warning: string } | undefined;

export interface TextStep extends StepFrame {
  readonly prompt: string;
  readonly placeholder: string;
  readonly value: string;
  readonly isSecret?: boolean;
  /** Takes away what is not meant; blanks at both ends if missing. */
  readonly trim?: (text: string) => string;
  /** @param raw the text before it was trimmed */
  readonly check: (text: string, raw: string) => Feedback;
}

export async function askText(step: TextStep): Promise<Answer<string>> {
  const box = vscode.window.createInputBox();
  box.prompt = plainLabel(step.prompt);
  box.placeholder = plainWords(step.placeholder, maximumWords);
  box.value = step.value;
  box.password = step.isSecret === true;
  return run<string>(box, step, (store, accept) => {
    const trim = step.trim ?? ((text: string) => text.trim());
    const say = (raw: string): boolean => {
      const feedback = step.check(trim(raw), raw);
      box.validationMessage = feedback && validation(feedback);
      return !(feedback && "error" in feedback);
    };
    // An untouched box is not scolded.
    if (step.value !== "") say(step.value);
    store.add(box.onDidChangeValue(say));
    store.add(
      box.onDidAccept(() => {
        if (say(box.value)) accept(trim(box.value));
      }),
    );
  });
}

function validation(feedback: NonNullable<Feedback>): vscode.InputBoxValidationMessage {
  const { Error, Info, Warning } = vscode.InputBoxValidationSeverity;
  if ("error" in feedback) return { message: plainLabel(feedback.error), severity: Error };
  if ("warning" in feedback) return { message: plainLabel(feedback.warning), severity: Warning };
  return { message: plainLabel(feedback.hint), severity: Info };
}

/** Characters of a title, a placeholder or a part of a row. */
const maximumWords = 300;

function plainChoice<T>({ label, description, detail, ...rest }: Choice<T>): Choice<T> {
  return {
    ...rest,
    label: plainLabel(label, maximumWords),
    ...(description !== undefined && { description: plainLabel(description, maximumWords) }),
    ...(detail !== undefined && { detail: plainLabel(detail, maximumWords) }),
  };
}

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

export interface PickStep<T> extends StepFrame {
  readonly placeholder: string;
  readonly choices: readonly Choice<T>[];
  /** Typing also finds text in descriptions and details. */
  readonly matchesEverywhere?: boolean;
  /** The order stays while one types, for the newest is wanted; otherwise what fits best comes first. */
  readonly keepsOrder?: boolean;
  readonly active?: T;
}

/**
 * The choices stay the same while one types: VS Code filters them in step with the keys, whereas a list changed from here
 * could arrive after Enter and make it choose another row than the one that was read.
 */
export async function askChoice<T>(step: PickStep<T>): Promise<Answer<T>> {
  const box = vscode.window.createQuickPick<Choice<T>>();
  box.placeholder = plainWords(step.placeholder, maximumWords);
  box.items = step.choices.map(plainChoice);
  box.matchOnDescription = step.matchesEverywhere === true;
  box.matchOnDetail = step.matchesEverywhere === true;
  // Not in the typings, but in every VS Code that the extension runs in; elsewhere it does nothing.
  if (step.keepsOrder === true) Object.assign(box, { sortByLabel: false });
  const active = box.items.filter(({ value }) => value === step.active);
  if (step.active !== undefined && active.length > 0) box.activeItems = active;
  return run<T>(box, step, (store, accept) => {
    store.add(
      box.onDidAccept(() => {
        const [chosen] = box.selectedItems;
        if (chosen) accept(chosen.value);
      }),
    );
  });
}

export interface TypedStep extends StepFrame {
  readonly placeholder: string;
  readonly value: string;
  /** Texts to take instead of typing. */
  readonly choices: readonly Choice<string>[];
  /** What the first row says while the text is right. */
  readonly typedLabel: string;
  readonly check: (text: string) => Feedback;
}

/**
 * A text, typed or chosen, in one box. Enter on the first row takes what stands in the box then. The rows change only when
 * the text becomes wrong or right, so that none moves away under the key that chooses it.
 */
export async function askTypedOrChoice(step: TypedStep): Promise<Answer<string>> {
  const box = vscode.window.createQuickPick<Choice<string | undefined>>();
  box.placeholder = plainWords(step.placeholder, maximumWords);
  box.value = step.value;
  const choices = step.choices.map((each) => ({ ...plainChoice(each), alwaysShow: true }));
  let shown: string | undefined;
  const show = (problem: string) => {
    if (problem === shown) return;
    shown = problem;
    const [active] = box.activeItems;
    box.items = [plainChoice(typedChoice(step.typedLabel, problem)), ...choices];
    if (active?.value !== undefined) box.activeItems = [active];
  };
  show(problemOf(step, step.value));
  return run<string, string | undefined>(box, step, (store, accept) => {
    store.add(box.onDidChangeValue((text) => show(problemOf(step, text.trim()))));
    store.add(
      box.onDidAccept(() => {
        const [chosen] = box.selectedItems;
        const text = chosen?.value ?? box.value.trim();
        if (problemOf(step, text) === "") accept(text);
      }),
    );
  });
}

function problemOf({ check }: TypedStep, text: string): string {
  const feedback = check(text);
  return feedback && "error" in feedback ? feedback.error : "";
}

function typedChoice(typedLabel: string, problem: string): Choice<string | undefined> {
  return {
    label: problem === "" ? typedLabel : "Not understood",
    iconPath: new vscode.ThemeIcon(problem === "" ? "check" : "error"),
    ...(problem !== "" && { detail: problem }),
    alwaysShow: true,
    value: undefined,
  };
}

/** Several of the choices, at least one. */
export async function askChoices<T>(
  step: Omit<PickStep<T>, "active">,
): Promise<Answer<readonly T[]>> {
  const box = vscode.window.createQuickPick<Choice<T>>();
  box.placeholder = plainWords(step.placeholder, maximumWords);
  box.items = step.choices.map(plainChoice);
  box.canSelectMany = true;
  return run<readonly T[], T>(box, step, (store, accept) => {
    store.add(
      box.onDidAccept(() => {
        if (box.selectedItems.length > 0) accept(box.selectedItems.map(({ value }) => value));
      }),
    );
  });
}

/** Shows the box until it is answered; every way out settles the promise once. */
async function run<T, C = T>(
  box: vscode.InputBox | vscode.QuickPick<Choice<C>>,
  step: StepFrame,
  listen: (store: DisposableStore, accept: (value: T) => void) => void,
): Promise<Answer<T>> {
  const store = new DisposableStore();
  store.add(box);
  box.title = plainWords(step.title, maximumWords);
  box.ignoreFocusOut = step.closesElsewhere !== true;
  box.buttons = step.canGoBack ? [vscode.QuickInputButtons.Back] : [];
  try {
    return await new Promise<Answer<T>>((resolve) => {
      listen(store, (value) => resolve({ value }));
      store.add(box.onDidTriggerButton(() => resolve("back")));
      store.add(box.onDidHide(() => resolve("cancel")));
      box.show();
    });
  } finally {
    store.dispose();
  }
}

/** One question of a flow: changes the state, or says `skip` when its answer is known already. */
export type FlowStep<S> = (state: S, canGoBack: boolean) => Promise<S | StepEnd | "skip">;

/** Asks the steps in order; Back returns to the last step that asked. Undefined when cancelled. */
export async function runFlow<S extends object>(
  initial: S,
  steps: readonly FlowStep<S>[],
): Promise<S | undefined> {
  const asked: { readonly index: number; readonly before: S }[] = [];
  let state = initial;
  let index = 0;
  for (;;) {
    const step = steps[index];
    if (!step) return state;
    const result = await step(state, asked.length > 0);
    if (result === "cancel") return undefined;
    if (result === "back") {
      const previous = asked.pop();
      if (!previous) return undefined;
      ({ index, before: state } = previous);
      continue;
    }
    if (result !== "skip") {
      asked.push({ index, before: state });
      state = result;
    }
    index++;
  }
}
