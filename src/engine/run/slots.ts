/**
 * Slots, of which only so many hosts have one at a time. Nobody waits in a queue: who gets none asks again, so no two
 * wait for each other.
 */
export interface Slots {
  /** True: `host` has a slot (or one more use of the one it has). */
  take(host: string): boolean;
  giveBack(host: string): void;
}

export const slots = (most: number): Slots => {
  const uses = new Map<string, number>();
  return {
    take(host) {
      const now = uses.get(host) ?? 0;
      if (now === 0 && uses.size >= Math.max(1, most)) return false;
      uses.set(host, now + 1);
      return true;
    },
    giveBack(host) {
      const now = uses.get(host) ?? 0;
      if (now > 1) uses.set(host, now - 1);
      else uses.delete(host);
    },
  };
};
