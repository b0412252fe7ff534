/** Notices uplinks that come out of the order of their frame counter. Source: reliability M15. */

/** `late`: a higher FCnt came before it. `reset`: the end device counts anew. */
export type FrameOrder = "late" | "reset";

/** A counter that falls by more has begun anew: the network does not keep an uplink back for so long. */
const maximumLate = 16;

export class FrameCounter {
  private highest = -1;
  private session: string | undefined;

  /**
   * The next uplink's FCnt; says what is odd about it.
   * @param session anything that changes when the device joins anew
   */
  follow(fCnt: number, session: string | undefined): FrameOrder | undefined {
    const before = this.highest;
    const isNewSession = session !== this.session;
    if (isNewSession) this.session = session;
    const isLate = !isNewSession && fCnt > 0 && before - fCnt <= maximumLate;
    if (fCnt >= before || !isLate) this.highest = fCnt;
    if (fCnt >= before) return undefined;
    return isLate ? "late" : "reset";
  }
}
