/** The mark that rules put on a packet: Calico, kube-proxy and others accept by it, and not where they decided. */

export type Hook = 'INPUT' | 'FORWARD' | 'OUTPUT';

/** 32 bits; `sure`: those of `bits` that are known. */
export interface Mark {
  readonly bits: number;
  readonly sure: number;
}

const all = 0xffffffff;

/** A packet as it comes from a pod. */
export const unmarked: Mark = { bits: 0, sure: all };

/** `leaves`: by goto: at the end of that chain the packet does not come back to this one. */
export const targetOf = (rule: string): { readonly target: string; readonly leaves: boolean } => {
  const [, how, target = ''] = / -(j|g) (\S+)/.exec(rule) ?? [];
  return { target, leaves: how === 'g' };
};

/** `0x10000/0x20000`, `0x4000`; undefined: neither. */
const masked = (text: string): { readonly value: number; readonly mask: number } | undefined => {
  const [, value, mask] = /^(0x[\da-f]+|\d+)(?:\/(0x[\da-f]+|\d+))?$/i.exec(text) ?? [];
  return value === undefined
    ? undefined
    : { value: Number(value) >>> 0, mask: mask === undefined ? all : Number(mask) >>> 0 };
};

/** What `-m mark --mark` says; undefined: it rests on bits that are not known. */
export const hasMark = (mark: Mark, text: string): boolean | undefined => {
  const asked = masked(text);
  if (!asked) return undefined;
  if (((mark.bits ^ asked.value) & asked.mask & mark.sure) !== 0) return false;
  return (asked.mask & ~mark.sure) === 0 ? true : undefined;
};

const settings = /--(set-xmark|set-mark|or-mark|and-mark|xor-mark) (\S+)/;

/** After a rule of target MARK or CONNMARK that takes the packet. */
export const marked = (mark: Mark, rule: string): Mark => {
  const [, how, text = ''] = settings.exec(rule) ?? [];
  const told = masked(text);
  if (targetOf(rule).target !== 'MARK' || !told || (how !== 'set-xmark' && how !== 'set-mark'))
    return unsureOf(mark, [rule]);
  const kept = mark.bits & ~told.mask;
  // xmark: the mask's bits to zero, then exclusive-or with the value; of set-mark an or.
  const bits = how === 'set-mark' ? kept | told.value : kept ^ told.value;
  return { bits: bits >>> 0, sure: (mark.sure | told.mask) >>> 0 };
};

/** After rules of which nobody knows whether they took it. */
export const unsureOf = (mark: Mark, rules: readonly string[]): Mark => ({
  ...mark,
  sure: rules.reduce((sure, rule) => (sure & ~bitsOf(rule)) >>> 0, mark.sure),
});

const bitsOf = (rule: string): number => {
  const { target } = targetOf(rule);
  if (target !== 'MARK' && target !== 'CONNMARK') return 0;
  if (target === 'CONNMARK' && !/--restore-mark/.test(rule)) return 0;
  const told = masked(settings.exec(rule)?.[2] ?? '');
  return target === 'MARK' && told ? (told.mask | told.value) >>> 0 : all;
};
