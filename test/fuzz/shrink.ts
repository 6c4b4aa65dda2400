/** The shortest text that still shows the same bug, as far as a bounded number of tries finds it. */
export const shrink = async (
  text: string,
  fails: (text: string) => Promise<boolean>,
  tries = 400,
  ms = 20_000,
): Promise<string> => {
  const end = Date.now() + ms;
  let [best, left] = [text, tries];
  for (let size = Math.ceil(best.length / 2); size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < best.length && left > 0 && Date.now() < end; left--) {
      const shorter = best.slice(0, at) + best.slice(at + size);
      if (await fails(shorter)) best = shorter;
      else at += size;
    }
  return best;
};
