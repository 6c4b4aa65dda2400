import type { EventBody } from '../../model/event.js';

type Told = Extract<EventBody, { type: 'taken-back' }>;

const clock = (instant: string): string => instant.slice(0, 19).replace('T', ' ');

const whys: Readonly<Record<Told['why'], string>> = {
  silence: 'nobody had confirmed it',
  boot: 'the host started anew before anybody had confirmed it',
};

/** For who comes next: what happened, and that it would happen again. */
export const takenBackText = ({ host, at, changed, why, ok, seconds, command, owner, units }: Told): string =>
  `${host} took a change back by itself at ${clock(at)} (UTC): ${units} ` +
  (ok ? `served again as before after ${Math.round(seconds)} s` : 'is as before, and did not serve') +
  `. The change was made by ${command} (${owner}) at ${clock(changed)}, and ${whys[why]}. With the same file, ` +
  'kw up makes it again: see what it does to who calls the API, or undo the edit';

/** `kw-1 took it back by itself at 2026-11-29 03:12:44`. */
export const takenBackInShort = ({ host, at, ok }: Told): string =>
  `${host} took it back by itself at ${clock(at)}${ok ? '' : ', and did not serve'}`;
