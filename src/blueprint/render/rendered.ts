/**
 * Settings as text, rendered once where they are the same on thousands of hosts: a YAML library takes longer than all
 * else of a host.
 */
export const rendered = (render: (settings: unknown) => string): ((settings: unknown) => string) => {
  const known = new Map<string, string>();
  return settings => {
    const key = JSON.stringify(settings);
    const text = known.get(key) ?? render(settings);
    // Hosts that are all different must not fill the memory.
    if (known.size >= 64) known.clear();
    known.set(key, text);
    return text;
  };
};
