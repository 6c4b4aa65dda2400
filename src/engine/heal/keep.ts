/** What a therapy is about to change, kept beside it on the host, so that it can be taken back without a desk that remembers. */
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import type { Touched } from './touched.js';

/** Outside every folder that somebody watches: a copy in the manifests' folder is an illness of its own. */
const onHosts = '/var/lib/kubewizard/heal';

/**
 * Copies what is there, and notes what is not. A second call of the same run keeps the first copy: after a therapy that
 * was cut off the files are no longer those of before.
 */
export const keepScript = (
  run: string,
  { paths, units, states = [], lasting = [] }: Touched,
  keeps = onHosts,
): Script => {
  const home = `${keeps}/${run}`;
  return scripts([
    sh`[ -e ${`${home}/whole`} ] && exit 0`,
    sh`umask 077; rm -rf ${home}; mkdir -p ${`${home}/files`} || exit 1`,
    ...paths.map(
      path =>
        sh`if [ -e ${path} ] || [ -L ${path} ]; then mkdir -p ${`${home}/files${folderOf(path)}`} && cp -a ${path} ${`${home}/files${path}`} || exit 1; else echo ${path} >>${`${home}/absent`}; fi`,
    ),
    ...units.map(
      unit =>
        sh`echo ${unit} "$(systemctl show -p ActiveState --value ${unit})" "$(systemctl is-enabled ${unit} 2>/dev/null)" >>${`${home}/units`}`,
    ),
    ...states.map(
      ({ keep }, index) =>
        sh`( ${raw(keep)}\n) >${`${home}/state-${index}`} || { echo ${`its state before could not be seen: ${keep.slice(0, 200)}`} >&2; exit 1; }`,
    ),
    ...lasting.map(({ look }, index) => sh`( ${raw(look)}\n) >${`${home}/lasting-${index}`} 2>/dev/null </dev/null`),
    sh`sync; : >${`${home}/whole`}`,
  ]);
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/**
 * Everything as it was kept; then the units that the therapy started, stopped or restarted, each to its state of before.
 * Prints `lasting N` for what was done and stays; exit code 1 where something did not come back.
 */
export const takeBackScript = (
  run: string,
  { units, sysctls, states = [], lasting = [] }: Touched,
  keeps = onHosts,
): Script => {
  const home = `${keeps}/${run}`;
  return scripts([
    sh`[ -e ${`${home}/whole`} ] || { echo ${`nothing was kept in ${home}`} >&2; exit 1; }`,
    // Before anything restarts: who answers now may be away then.
    ...lasting.map(
      ({ look }, index) =>
        sh`( ${raw(look)}\n) 2>/dev/null </dev/null | cmp -s - ${`${home}/lasting-${index}`} || echo lasting ${index}`,
    ),
    sh`bad=0`,
    sh`if [ -e ${`${home}/absent`} ]; then while IFS= read -r path; do rm -rf "$path" || exit 1; done <${`${home}/absent`}; fi`,
    // A file is renamed into its place: nobody reads half of it.
    sh`cd ${`${home}/files`} && find . ! -type d | while IFS= read -r file; do d="/\${file%/*}"; new="$d/.kw-part.\${file##*/}"; mkdir -p "$d" && cp -a "$file" "$new" && mv -T "$new" "/$file" || exit 1; done || exit 1`,
    ...states.map(({ back }, index) => sh`( ${raw(back)}\n) <${`${home}/state-${index}`} || bad=1`),
    ...Object.entries(sysctls).map(
      ([name, value]) => sh`echo ${value} >${`/proc/sys/${name.replaceAll('.', '/')}`} || bad=1`,
    ),
    ...(units.length > 0 ? [sh`systemctl daemon-reload`, unitsBack(home)] : []),
    sh`[ "$bad" = 0 ]`,
  ]);
};

/** Who ran before is waited for: the next control plane's turn comes when this one is there. One that was ill before holds nobody up for long. */
const unitsBack = (home: string): Script => sh`while read -r unit active enabled; do
  case $enabled in enabled|disabled) systemctl "\${enabled%d}" --quiet "$unit" ;; esac
  case $active in active|activating|reloading) systemctl restart --no-block "$unit" || bad=1 ;; *) systemctl stop "$unit" ;; esac
done <${`${home}/units`}
n=0; while read -r unit active enabled; do
  [ "$active" = active ] || continue
  until systemctl -q is-active "$unit" || [ "$n" -ge 60 ]; do n=$((n+1)); sleep 1; done
done <${`${home}/units`}`;
