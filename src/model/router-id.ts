/** The VRRP router id of a cluster that names none: 1 to 255, the same for the same name (FNV-1a). */
export const routerIdFor = (name: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return 1 + (hash % 255);
};
