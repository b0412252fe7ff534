/** CPU time of this process in milliseconds: other work on the machine does not count, unlike on the wall clock. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Whether work took no more than what is usual times ten: guards against hanging, not against being slow. */
export function isQuick(before: number, usualMilliseconds: number): boolean {
  return cpuTime() - before < usualMilliseconds * 10;
}
