/** Checks a draft whose fields may be sent as the bytes that the workspace's formatter makes of them. */
import { checkDraft, type CheckedDraft, type DraftTarget } from "./downlinkDraft";
import type { EncodedDraft } from "./localEncodings";

export interface CheckedEncoding extends CheckedDraft, Pick<EncodedDraft, "draft" | "isPending"> {
  readonly target: DraftTarget;
}

/** Nothing is published of a draft with fields that should be bytes and are not. */
export function checkEncoded(
  { draft, problems, isPending }: EncodedDraft,
  target: DraftTarget,
  createId: () => string,
  now: number,
): CheckedEncoding {
  const checked = checkDraft(draft, target, createId, now);
  if (problems.length === 0) return { ...checked, draft, target, isPending };
  const all = [...checked.preview.problems, ...problems];
  const preview = { ...checked.preview, problems: all, publish: undefined };
  return { preview, publish: undefined, downlinks: [], draft, target, isPending };
}
