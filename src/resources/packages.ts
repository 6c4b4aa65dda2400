import { packages as factOf, type PackagesState } from '../facts/packages.js';
import { changed } from '../model/resource.js';
import { raw, type Script, sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import type { PackagesWant } from './wants.js';

/** Packages of the host's own distribution. They stay on `reset`: nobody knows who else uses them by then. */
export const packages = defineKind<'packages', PackagesWant, PackagesState>({
  kind: 'packages',
  role: 'installed',
  named: (_, changes) => changes.map(({ field }) => field),
  read: (group, want) => factOf(group, want.names),
  diff: (want, have) =>
    want.names.filter(name => !have.installed.includes(name)).map(name => changed(name, undefined, 'installed')),
  plan: (_, __, changes) => {
    const names = changes.map(change => change.field);
    return { actions: [{ do: 'run', script: install(names), says: `install ${names.join(', ')}` }], risk: 'none' };
  },
  rollback: () => ({ by: 'nobody', why: 'packages that were installed stay' }),
  cost: 20,
  ideal: want => ({ tool: 'dpkg', installed: want.names }),
});

const install = (names: readonly string[]): Script => sh`${raw(quiet)}
if command -v apt-get >/dev/null; then ${raw(apt(names))}
elif command -v dnf >/dev/null; then out=$(dnf -y install ${names} 2>&1)
elif command -v zypper >/dev/null; then out=$(zypper -n install ${names} 2>&1)
else echo ${`neither apt-get, dnf nor zypper here; install by hand: ${names.join(' ')}`} >&2; exit 1; fi
code=$?
if [ "$code" -ne 0 ]; then printf '%s\n' "$out" | tail -n 15 >&2; echo ${`could not install ${names.join(' ')}`} >&2; fi
exit "$code"`;

/**
 * The list of packages is only fetched when it does not do as it is: hosts without a way out have them in a local
 * source.
 */
const apt = (names: readonly string[]): Script => sh`export DEBIAN_FRONTEND=noninteractive LC_ALL=C
  kw_apt() { apt-get -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold "$@"; }
  [ -z "$(dpkg --audit 2>&1)" ] || dpkg --configure -a >/dev/null 2>&1
  out=$(kw_apt install -y --no-install-recommends ${names} 2>&1) ||
    { kw_apt update >/dev/null 2>&1; out=$(kw_apt install -y --no-install-recommends ${names} 2>&1); }`;

/**
 * Debian starts what it installs, before it has our configuration; policy-rc.d (invoke-rc.d(8)) says no. Somebody's own
 * policy steps aside and comes back; one that a killed run left behind is recognised and cleared first.
 */
const quiet = sh`policy=/usr/sbin/policy-rc.d
kw_restore() {
  if grep -qs kubewizard "$policy"; then rm -f "$policy"; fi
  if [ -e "$policy.before-kubewizard" ] && [ ! -e "$policy" ]; then mv "$policy.before-kubewizard" "$policy"; fi
}
kw_restore
trap kw_restore EXIT
trap 'exit 1' HUP INT TERM
if [ -d /usr/sbin ]; then
  if [ -e "$policy" ]; then mv "$policy" "$policy.before-kubewizard"; fi
  printf '#!/bin/sh\\n# kubewizard: installed services start when they are configured\\nexit 101\\n' > \
"$policy" && chmod 755 "$policy"
fi`;
