import { mistaken } from '../workflow/mistaken.js';

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90m`, `24h`, `7d` → milliseconds. There is no token without an end: whoever finds it could join hosts for ever. */
export const ttlOf = (text: string): number => {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text.trim()) ?? [];
  const ttl = Number(count) * (seconds[unit] ?? 0) * 1000;
  if (!(ttl > 0))
    throw mistaken(
      'bad-ttl',
      `'${text}' is not a valid time for a token`,
      'a number and s, m, h or d, at least a second: --ttl 24h',
    );
  return ttl;
};
