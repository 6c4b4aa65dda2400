/** At most so many at once; the others wait in line. */
export interface Slots {
  /** Resolves to the function that gives the slot back; calling it twice does no harm. */
  take(): Promise<() => void>;
}

export const slots = (count: number): Slots => {
  let free = count;
  const waiting: (() => void)[] = [];
  const giveBack = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return {
    async take() {
      if (free > 0) free--;
      else
        await new Promise<void>(resolve => {
          waiting.push(resolve);
        });
      let held = true;
      return () => {
        if (held) {
          held = false;
          giveBack();
        }
      };
    },
  };
};
