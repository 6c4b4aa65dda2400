/** Of a group of its own a build hears no Ctrl-C: when this process ends by a signal, its builds end with it. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const groups = new Set<number>();
let watches = 0;

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

export interface Watch {
  /** Of the group that was begun. */
  leader(pid: number): void;
  over(): void;
}

/** Called before the group begins: a signal between its first moment and the watch would leave it behind. */
export function endsWithUs(): Watch {
  if (watches++ === 0) {
    process.on('exit', endAll);
    for (const one of signals) process.on(one, onSignal);
  }
  let group: number | undefined;
  return {
    leader: pid => {
      group = pid;
      groups.add(pid);
    },
    over: () => {
      if (group !== undefined) groups.delete(group);
      if (--watches > 0) return;
      process.off('exit', endAll);
      for (const one of signals) process.off(one, onSignal);
    },
  };
}
