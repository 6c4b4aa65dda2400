/** How many files a unit may have open, as systemd reads it: the unit, then its drop-ins by their names. */
import type { FileSeen } from '../../../chart/seen.js';

interface Limit {
  /** Files, the soft limit; Infinity: none. */
  readonly files: number;
  readonly path: string;
}

const folders = [
  '/etc/systemd/system',
  '/usr/local/lib/systemd/system',
  '/lib/systemd/system',
  '/usr/lib/systemd/system',
];

/** undefined: none of its files says a limit that can be read, or one of them was not seen as text. */
export const limitIn = (files: readonly FileSeen[], program: string): Limit | undefined => {
  const unit = folders
    .map(folder => files.find(file => file.path === `${folder}/${program}.service`))
    .find(file => file !== undefined);
  const dropIns = files
    .filter(file => file.path.includes(`/${program}.service.d/`) && file.path.endsWith('.conf'))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const all = [...(unit ? [unit] : []), ...dropIns];
  if (all.some(file => file.text === undefined)) return undefined;
  return all.reduce<Limit | undefined>((last, file) => limitOf(file) ?? last, undefined);
};

const nameOf = (file: FileSeen): string => file.path.split('/').at(-1) ?? '';

/** The last line wins; `1024:524288` is soft and hard, and the soft one is what a program begins with. */
const limitOf = ({ text = '', path }: FileSeen): Limit | undefined => {
  const value = [...text.matchAll(/^LimitNOFILE[ \t]*=[ \t]*(\S+)[ \t]*$/gm)].at(-1)?.[1];
  const soft = value?.split(':')[0];
  if (soft === undefined) return undefined;
  if (soft === 'infinity') return { files: Infinity, path };
  return /^\d+$/.test(soft) ? { files: Number(soft), path } : undefined;
};
