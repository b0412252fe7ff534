/** Drafts: what they start as, what typing does to them, and how the page remembers one per end device. */
import {
  isDraft,
  isTarget,
  type Draft,
  type DraftDownlink,
  type Target,
} from "../../protocol/downlinkPage";
import { isBoolean, listOf, oneOf, shape, text } from "../../util/guards";

export const blankDownlink: DraftDownlink = {
  fPort: "",
  format: "hex",
  typedAs: "hex",
  texts: { hex: "", base64: "", text: "", fields: "" },
  allowEmpty: false,
  priority: "NORMAL",
  confirmed: false,
  maximumAttempts: "",
  classBC: false,
  gateways: "",
  absoluteTime: "",
  correlationIds: "",
};

export const blankDraft: Draft = { downlinks: [blankDownlink] };

/** Another downlink for the same push, with the settings of the last one and nothing in it. */
export function another(last: DraftDownlink | undefined): DraftDownlink {
  const { texts, correlationIds, allowEmpty, absoluteTime } = blankDownlink;
  return { ...blankDownlink, ...last, texts, correlationIds, allowEmpty, absoluteTime };
}

/** What the payload box holds now was typed in the format shown. */
export function withPayload(downlink: DraftDownlink, payload: string): DraftDownlink {
  const { format, texts } = downlink;
  const typedAs = format === "fields" ? downlink.typedAs : format;
  return { ...downlink, typedAs, texts: { ...texts, [format]: payload } };
}

/** The ids in a text where commas or lines separate them. */
export function idsIn(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

/** The same text with or without an id. */
export function withId(text: string, id: string, isIncluded: boolean): string {
  const others = idsIn(text).filter((each) => each !== id);
  return (isIncluded ? [...others, id] : others).join(", ");
}

/** True if nothing would be lost with it. */
export function isBlank({ downlinks }: Draft): boolean {
  return downlinks.every((each) => Object.values(each.texts).join("").trim() === "");
}

/** Where VS Code keeps what a page wants to know after a reload. */
export interface PageMemory {
  getState(): unknown;
  setState(state: unknown): unknown;
}

interface KeptDraft {
  readonly key: string;
  readonly draft: Draft;
}

interface Kept {
  readonly version: "2";
  readonly target: Target;
  readonly isTyped: boolean;
  /** Last used last. */
  readonly drafts: readonly KeptDraft[];
}

const maximumDrafts = 20;
const isKept = shape<Kept>({
  version: oneOf("2"),
  target: isTarget,
  isTyped: isBoolean,
  drafts: listOf(shape<KeptDraft>({ key: text(1000), draft: isDraft }), maximumDrafts),
});

/** One draft per end device, and one per application for end device ids typed by hand. */
export class DraftStore {
  private readonly drafts = new Map<string, Draft>();
  private last: { readonly target: Target; readonly isTyped: boolean } | undefined;

  constructor(private readonly memory: PageMemory) {
    const kept = memory.getState();
    if (!isKept(kept)) return;
    this.last = { target: kept.target, isTyped: kept.isTyped };
    for (const { key, draft } of kept.drafts) this.drafts.set(key, draft);
  }

  /** The target of the draft that was saved last. */
  get target(): Target | undefined {
    return this.last?.target;
  }

  /** True if the last saved draft is for this end device and its id was typed by hand. */
  wasTyped(target: Target): boolean {
    return this.last?.isTyped === true && this.isLast(target);
  }

  /** True if this end device was chosen from the list, where it need not be any more, or yet. */
  wasChosen(target: Target): boolean {
    const isLast = this.last?.isTyped === false && this.isLast(target);
    return isLast || this.drafts.has(keyOf(target, false));
  }

  private isLast(target: Target): boolean {
    return this.last !== undefined && keyOf(this.last.target, false) === keyOf(target, false);
  }

  load(target: Target, isTyped: boolean): Draft {
    return this.drafts.get(keyOf(target, isTyped)) ?? blankDraft;
  }

  save(target: Target, isTyped: boolean, draft: Draft): void {
    // While nothing is chosen yet, as before the applications are there, what is remembered stays.
    if (target.deviceId !== "" || isTyped || draft !== blankDraft) this.last = { target, isTyped };
    const key = keyOf(target, isTyped);
    this.drafts.delete(key);
    if (draft !== blankDraft) this.drafts.set(key, draft);
    for (const oldest of [...this.drafts.keys()].slice(0, -maximumDrafts)) {
      this.drafts.delete(oldest);
    }
    const drafts = [...this.drafts].map(([each, kept]) => ({ key: each, draft: kept }));
    if (this.last) this.memory.setState({ version: "2", ...this.last, drafts } satisfies Kept);
  }
}

function keyOf(target: Target, isTyped: boolean): string {
  return JSON.stringify([target.applicationKey, isTyped ? "" : target.deviceId]);
}
