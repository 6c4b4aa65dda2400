import { sysctl as factOf, sysctlBefore, sysctlPath, type SysctlState } from '../facts/sysctl.js';
import { changed } from '../model/resource.js';
import { type Script, sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import type { SysctlWant } from './wants.js';

/** A kernel setting's live value; a file under /etc/sysctl.d keeps it over a boot. */
export const sysctl = defineKind<'sysctl', SysctlWant, SysctlState>({
  kind: 'sysctl',
  named: key => [key, sysctlPath(key), key.replaceAll('.', '/')],
  read: key => factOf(key),

  diff(want, have) {
    if (want.absent) return have.before === undefined ? [] : [changed('value', have.value, have.before)];
    return have.value === single(want.value) || (want.atLeast && Number(have.value) >= Number(want.value))
      ? []
      : [changed('value', have.value, single(want.value))];
  },

  plan: (key, want) => ({
    actions: [
      {
        do: 'run',
        script: want.absent ? restore(key) : set(key, want.value),
        says: want.absent ? `restore ${key}` : `set ${key} to ${want.value}`,
      },
    ],
    risk: 'none',
  }),
  rollback: key => ({ by: 'scripts', keep: sh`cat ${sysctlPath(key)}`, back: sh`cat >${sysctlPath(key)}` }),
  ideal: want => (want.absent ? {} : { value: single(want.value) }),
  undo: (_, want) => (want.absent ? undefined : { ...want, absent: true }),
});

const single = (value: string): string => value.trim().split(/\s+/).join(' ');

const set = (key: string, value: string): Script => sh`p=${sysctlPath(key)} b=${sysctlBefore(key)}
if [ ! -e "$p" ]; then echo ${`this kernel has no ${key}; is its module loaded?`} >&2; exit 1; fi
if [ ! -e "$b" ]; then mkdir -p ${dir(sysctlBefore(key))} && cat "$p" >"$b.part" && mv "$b.part" "$b" || exit 1; fi
printf '%s\n' ${value} >"$p" || {
echo ${`${key} cannot be set here: the file is read-only or the value is refused`} >&2; exit 1; }`;

const restore = (key: string): Script =>
  sh`if [ ! -e ${sysctlPath(key)} ] || cat ${sysctlBefore(key)} >${sysctlPath(key)}; \
then rm -f ${sysctlBefore(key)}; else exit 1; fi`;

const dir = (path: string): string => path.slice(0, path.lastIndexOf('/'));
