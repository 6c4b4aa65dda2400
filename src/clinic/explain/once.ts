/** What is made of a pattern or a catalogue is made once, and not for every text and line that it is held against. */

/** Made once for each key, and forgotten with it. */
export const once = <K extends object, V>(make: (key: K) => V): ((key: K) => V) => {
  const made = new WeakMap<K, V>();
  return key => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
};

/** The same pattern, whatever the case of letters, without its other flags. */
export const anyCase = once(({ source }: RegExp) => new RegExp(source, 'i'));
