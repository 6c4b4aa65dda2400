/** What apt and dpkg wrote down: what was installed and removed, when, by which command, and who asked for it. */
import type { Fact } from '../../model/fact.js';
import { Unreadable } from '../../model/fact.js';
import { sh } from '../../shell/sh.js';

export interface PackageEntry {
  /** Seconds since 1970. */
  readonly at: number;
  readonly packages: readonly string[];
  readonly command: string;
  /** '' where nobody is named: it was root. */
  readonly user: string;
}

/** The newest last. Absent logs: this host keeps none that are known here. */
export const packageLog: Fact<readonly PackageEntry[]> = {
  id: 'package-log',
  question: {
    ask: 'host',
    seconds: 20,
    bytes: 1 << 19,
    script: sh`date +'zone %z'
for f in /var/log/apt/history.log /var/log/dpkg.log; do
  [ -r "$f" ] && { echo "file $f"; tail -c 131072 "$f"; echo; }
done
echo end`,
  },
  parse: read,
};

function read(output: string): readonly PackageEntry[] {
  const zone = /^zone ([+-]\d{4})\n/.exec(output)?.[1];
  if (zone === undefined || !/^end$/m.test(output)) throw new Unreadable('package-log', output, 'no begin or no end');
  const [, apt = ''] = /^file \/var\/log\/apt\/history\.log\n([\s\S]*?)(?=^file |^end$)/m.exec(output) ?? [];
  const [, dpkg = ''] = /^file \/var\/log\/dpkg\.log\n([\s\S]*?)(?=^end$)/m.exec(output) ?? [];
  const asked = apt.split(/\n\s*\n/).flatMap(block => askedIn(block, zone) ?? []);
  const known = new Set(asked.flatMap(({ packages }) => packages));
  const alone = dpkg
    .split('\n')
    .flatMap(line => ranIn(line, zone) ?? [])
    // What apt did is in its own log, with the person.
    .filter(({ packages, at }) => !packages.some(one => known.has(one) && asked.some(near(one, at))));
  return [...asked, ...alone].sort((one, other) => one.at - other.at);
}

const near =
  (name: string, at: number) =>
  (one: PackageEntry): boolean =>
    one.packages.includes(name) && Math.abs(one.at - at) < 600;

/** The host's own time of day; its zone is that of now. */
const secondsOf = (day = '', time = '', zone = ''): number =>
  Date.parse(`${day}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`) / 1000;

function askedIn(block: string, zone: string): PackageEntry | undefined {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
  const [, day, time] = /^(\d{4}-\d\d-\d\d) +(\d\d:\d\d:\d\d)$/.exec(field('Start-Date')) ?? [];
  const packages = ['Remove', 'Purge', 'Install', 'Upgrade', 'Downgrade']
    .flatMap(name => field(name).split(/, (?=[a-z0-9])/))
    .flatMap(one => /^([a-z0-9][a-z0-9.+-]*)(?::[a-z0-9]+)? \(/.exec(one)?.[1] ?? []);
  const at = secondsOf(day, time, zone);
  if (!Number.isFinite(at) || packages.length === 0) return undefined;
  const user = /^([^\s(]{1,64})/.exec(field('Requested-By'))?.[1] ?? '';
  return { at, packages, command: field('Commandline'), user };
}

function ranIn(line: string, zone: string): PackageEntry | undefined {
  const [, day, time, verb = '', name] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (remove|purge|install|upgrade) ([a-z0-9][a-z0-9.+-]*)/.exec(line) ?? [];
  const at = secondsOf(day, time, zone);
  return name && Number.isFinite(at) ? { at, packages: [name], command: `dpkg: ${verb} ${name}`, user: '' } : undefined;
}
