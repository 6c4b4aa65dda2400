import { mistaken } from '../workflow/mistaken.js';

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90m`, `24h`, `7d` → milliseconds; 0: it is none. */
const milliseconds = (text: string): number => {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text.trim()) ?? [];
  return Number(count) * (seconds[unit] ?? 0) * 1000;
};

/** How long a certificate lives; its bounds are the story's. */
export const lifeOf = (text: string): number => {
  const life = milliseconds(text);
  if (life > 0) return life;
  throw mistaken('bad-life', `'${text}' is not a valid life of a certificate`, 'a number and m, h or d: --for 8h');
};

/** There is no token without an end: whoever finds it could join hosts for ever. */
export const ttlOf = (text: string): number => {
  const ttl = milliseconds(text);
  if (!(ttl > 0))
    throw mistaken(
      'bad-ttl',
      `'${text}' is not a valid time for a token`,
      'a number and s, m, h or d, at least a second: --ttl 24h',
    );
  return ttl;
};

/** Whole seconds that something is waited for. */
export const waitOf = (text: string): number => {
  const wait = milliseconds(text) / 1000;
  if (wait > 0) return wait;
  throw mistaken('bad-wait', `'${text}' is not a valid time to wait`, 'a number and s, m or h: --drain-timeout 10m');
};

/** How long something has lasted: `40 s`, `12 min`, `5 h`, `9 days`. */
export const lasting = (time: number): string => {
  if (time < 120) return `${Math.round(time)} s`;
  if (time < 7200) return `${Math.round(time / 60)} min`;
  return time < 172_800 ? `${Math.round(time / 3600)} h` : `${Math.round(time / 86_400)} days`;
};
