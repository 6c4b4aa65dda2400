import { type Fact, Unreadable } from '../../model/fact.js';
import { fields } from './fields.js';
import { sh } from '../../shell/sh.js';

export interface SystemFacts {
  /** `debian 12`. */
  readonly os: string;
  /** Distributions that it is made from (ID_LIKE). */
  readonly like: readonly string[];
  /** `apt-get`, `dnf`, `zypper`; empty: none of them. */
  readonly packageManager: string;
  readonly kernel: string;
  readonly arch: string;
  readonly systemd: boolean;
  readonly root: boolean;
}

/** What kind of Linux it is, whether systemd runs it, and whether we are root there. */
export const system: Fact<SystemFacts> = {
  id: 'system',
  question: {
    ask: 'host',
    script: sh`( . /etc/os-release 2>/dev/null; echo "os=\${ID:-} \${VERSION_ID:-}"; echo "like=\${ID_LIKE:-}" )
for p in apt-get dnf zypper; do command -v "$p" >/dev/null 2>&1 && { echo "packages=$p"; break; }; done
read -r k </proc/sys/kernel/osrelease && echo "kernel=$k"
echo "arch=$(uname -m)"
[ ! -d /run/systemd/system ] || echo systemd=yes
echo "uid=$(id -u)"`,
  },
  parse(text) {
    const seen = fields(text);
    const [arch, uid] = [seen.get('arch'), seen.get('uid')];
    if (!arch || !uid) throw new Unreadable('system', text, 'it does not say its architecture and user');
    return {
      os: seen.get('os') ?? '',
      like: (seen.get('like') ?? '').split(' ').filter(Boolean),
      packageManager: seen.get('packages') ?? '',
      kernel: seen.get('kernel') ?? '',
      arch,
      systemd: seen.has('systemd'),
      root: uid === '0',
    };
  },
};
