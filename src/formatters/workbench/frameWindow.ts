/** The ids of the latest frames of each end device and FPort, bounded for each and in all. */

export const maximumOfOnePort = 50;
export const maximumOfOneFormatter = 1_000;

export class FrameWindow {
  /** For each end device and FPort, rising. */
  private readonly groups = new Map<string, number[]>();
  private count = 0;

  /** Takes a frame in; gives the ids that made room for it, which may be its own. */
  add(eventId: number, place: string): readonly number[] {
    const group = this.groups.get(place) ?? [];
    if (group.includes(eventId)) return [];
    this.groups.set(place, group);
    group.push(eventId);
    group.sort((a, b) => a - b);
    this.count++;
    if (group.length > maximumOfOnePort) return [this.dropOldest(place, group)];
    if (this.count > maximumOfOneFormatter)
      return [this.dropOldest(...this.oldestGroup(place, group))];
    return [];
  }

  /** Rising. */
  ids(): readonly number[] {
    return [...this.groups.values()].flat().sort((a, b) => a - b);
  }

  clear(): void {
    this.groups.clear();
    this.count = 0;
  }

  private oldestGroup(place: string, group: number[]): [string, number[]] {
    let oldest: [string, number[]] = [place, group];
    for (const each of this.groups) {
      if ((each[1][0] ?? Infinity) < (oldest[1][0] ?? Infinity)) oldest = each;
    }
    return oldest;
  }

  private dropOldest(place: string, group: number[]): number {
    const dropped = group.shift() ?? 0;
    this.count--;
    if (group.length === 0) this.groups.delete(place);
    return dropped;
  }
}
