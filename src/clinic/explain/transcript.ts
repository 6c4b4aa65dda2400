/** What somebody typed says who speaks in the lines below it, and to whom. */
import type { Account, Component } from './account.js';
import { place } from './places.js';

const typed = /^\s*(?:[\w.@:~/[\] -]{0,60}[#$>%]\s*)?(?:sudo\s+)?(kubectl|kubeadm|curl|wget|nc)(?:\s+(\S.*))?$/;
const speakers: Readonly<Record<string, Component>> = {
  kubectl: 'kubectl',
  kubeadm: 'kubeadm',
  curl: 'host',
  wget: 'host',
  nc: 'host',
};

/** What a line that was typed gives to the answers below it; nothing where others speak below it. */
export const typedIn = (line: string): Partial<Account> => {
  const [, command = '', rest = ''] = typed.exec(line) ?? [];
  const who = speakers[command];
  // `kubectl logs` lets the container speak, and prose goes on after the name.
  if (!who || /^(?:logs|exec)\b/.test(rest) || /^(?:is|does|gets|says|shows|hang|can|fail)\w*\b/.test(rest)) return {};
  const { whom, at } = placeOrAddress(rest);
  const server = whom !== undefined && whom !== 'file' && whom !== 'kernel-file';
  // A busybox says `/ #`: somebody typed it inside of a pod.
  const inside = who === 'host' && /^\s*\/ ?#/.test(line);
  return { who: inside ? 'pod' : who, ...(server && { whom }), ...(server && at !== undefined && { at }) };
};

const placeOrAddress = (rest: string): Partial<Account> => {
  const found = place(rest);
  const [, at] = /(?:^|[\s/@])(\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?)(?:[\s/]|$)/.exec(rest) ?? [];
  return found.whom === undefined && at !== undefined ? { whom: 'address', at } : found;
};

export const wasTyped = (line: string): boolean => typed.test(line);

/** `curl -v` that tries an address and tells of no end: nobody answered. */
export const triedOnly = (lines: readonly string[]): readonly Account[] => {
  const text = lines.join('\n');
  const [, at] = /^\*\s+Trying (\d[\w.:]*?)(?:\.\.\.|\s|$)/m.exec(text) ?? [];
  return at === undefined || /Connected to|refused|failed|error|curl: \(\d/i.test(text)
    ? []
    : [{ who: 'host', whom: 'address', at, how: 'timed-out' }];
};
