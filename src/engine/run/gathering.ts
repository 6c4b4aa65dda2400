/** Tasks that may add tasks. */
export const gathering = () => {
  const running = new Set<Promise<void>>();
  const bugs: unknown[] = [];
  return {
    broken: () => bugs.length > 0,
    add(task: () => Promise<void>): void {
      const run: Promise<void> = task()
        .catch(error => {
          bugs.push(error);
        })
        .finally(() => running.delete(run));
      running.add(run);
    },
    async all(): Promise<void> {
      while (running.size > 0) await Promise.all(running);
      if (bugs.length > 0) throw bugs[0];
    },
  };
};
