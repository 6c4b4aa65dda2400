/** Of a group of its own a build hears no Ctrl-C: when this process ends by a signal, its builds end with it. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const groups = new Set<number>();

export const endGroup = (leader: number): void => {
  try {
    process.kill(-leader, 'SIGTERM');
  } catch {
    // It has ended, and all of its group.
  }
};

const endAll = (): void => groups.forEach(endGroup);

/** Who else listens decides what a signal means; with nobody else it means what it does by default. */
const onSignal = (signal: NodeJS.Signals): void => {
  if (process.listenerCount(signal) > 1) return;
  endAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
};

/** @returns how to stop watching over the group, once it has ended. */
export function endsWithUs(leader: number): () => void {
  if (groups.size === 0) {
    process.on('exit', endAll);
    for (const one of signals) process.on(one, onSignal);
  }
  groups.add(leader);
  return () => {
    groups.delete(leader);
    if (groups.size > 0) return;
    process.off('exit', endAll);
    for (const one of signals) process.off(one, onSignal);
  };
}
