/**
 * What a therapy is about to change, kept beside it on the host, so that it can be taken back without a control machine
 * that remembers.
 */
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import type { Touched } from './touched.js';

/** Outside every folder that somebody watches: a copy in the manifests' folder is an illness of its own. */
const onHosts = '/var/lib/kubewizard/heal';

/**
 * Copies what is there, and notes what is not. A second call of the same run keeps the first copy: after a therapy that
 * was cut off the files are no longer those of before.
 */
export const hostSnapshotScript = (
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
        sh`if [ -e ${path} ] || [ -L ${path} ]; then
mkdir -p ${`${home}/files${folderOf(path)}`} && cp -a ${path} ${`${home}/files${path}`} || exit 1
else echo ${path} >>${`${home}/absent`}; fi`,
    ),
    ...units.map(
      unit =>
        sh`echo ${unit} "$(systemctl show -p ActiveState --value ${unit})" \
"$(systemctl is-enabled ${unit} 2>/dev/null)" >>${`${home}/units`}`,
    ),
    ...states.map(
      ({ keep }, index) =>
        sh`( ${raw(keep)}\n) >${`${home}/state-${index}`} || {
echo ${`its state before could not be seen: ${keep.slice(0, 200)}`} >&2; exit 1; }`,
    ),
    ...lasting.map(({ read }, index) => sh`( ${raw(read)}\n) >${`${home}/lasting-${index}`} 2>/dev/null </dev/null`),
    sh`sync; : >${`${home}/whole`}`,
  ]);
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** What is there when the therapy has ended, so that later changes of others can be told from it. Run at its end. */
export const markScript = (run: string, { paths, units, sysctls }: Touched, keeps = onHosts): Script => {
  const home = `${keeps}/${run}`;
  return scripts([
    sh`[ -e ${`${home}/whole`} ] || exit 0`,
    mark,
    ...paths.map((path, index) => sh`mark ${path} >${`${home}/left-${index}`}`),
    ...units.map((unit, index) => sh`systemctl is-enabled ${unit} >${`${home}/left-unit-${index}`} 2>/dev/null`),
    ...Object.keys(sysctls).map((name, index) => sh`cat ${liveOf(name)} >${`${home}/left-sysctl-${index}`}`),
    sh`sync`,
  ]);
};

/** A file by its mode, owner and content; a folder by all its files. */
const mark = sh`mark() { if [ -L "$1" ]; then readlink "$1"
  elif [ -d "$1" ]; then stat -c %a:%u:%g "$1"; ( cd "$1" && find . ! -type d -exec sha256sum {} + | sort )
  elif [ -e "$1" ]; then stat -c %a:%u:%g "$1"; sha256sum <"$1"; else echo absent; fi; }
same() { [ ! -e "$1" ] || cmp -s - "$1"; }`;

const liveOf = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;

/** What somebody has changed since stays, and is told of: `changed path 0`, by its place in `Touched`. */
const compare = (home: string, { paths, units, sysctls }: Touched): readonly Script[] => [
  sh`theirs=`,
  ...paths.map((path, index) => sh`mark ${path} | same ${`${home}/left-${index}`} || theirs="$theirs path-"${index}`),
  ...units.map(
    (unit, index) =>
      sh`systemctl is-enabled ${unit} 2>/dev/null | same ${`${home}/left-unit-${index}`} || \
theirs="$theirs unit-"${index}`,
  ),
  ...Object.keys(sysctls).map(
    (name, index) =>
      sh`cat ${liveOf(name)} | same ${`${home}/left-sysctl-${index}`} || theirs="$theirs sysctl-"${index}`,
  ),
  sh`for one in $theirs; do echo "changed \${one%-*} \${one##*-}"; done
ours() { case " $theirs " in *" $1 "*) return 1 ;; esac; }`,
];

// A file is renamed into its place: nobody reads half of it.
const restore = sh`put() { d="\${2%/*}"; new="$d/.kw-part.\${2##*/}"; mkdir -p "$d" && \
cp -a "$1" "$new" && mv -T "$new" "$2"; }
back() { kept="$home/files$1"
  if [ -d "$kept" ] && [ ! -L "$kept" ]; then mkdir -p "$1"; ( cd "$kept" && find . ! -type d | \
while IFS= read -r file; do put "$kept/$file" "$1/\${file#./}" || exit 1; done )
  elif [ -e "$kept" ] || [ -L "$kept" ]; then put "$kept" "$1"
  else rm -rf -- "$1"; fi; }`;

/**
 * Everything as it was kept, where it still is as the therapy left it; then the units that the therapy started, stopped
 * or restarted, each to its state of before. Prints `lasting N` for what was done and stays, `changed …` for what
 * somebody has changed since; exit code 1 where something did not come back.
 */
export const rollbackScript = (run: string, touched: Touched, keeps = onHosts): Script => {
  const { paths, units, sysctls, states = [], lasting = [] } = touched;
  const home = `${keeps}/${run}`;
  return scripts([
    sh`[ -e ${`${home}/whole`} ] || { echo ${`nothing was kept in ${home}`} >&2; exit 1; }`,
    sh`home=${home}`,
    mark,
    restore,
    // Before anything restarts: who answers now may be away then.
    ...lasting.map(
      ({ read }, index) =>
        sh`( ${raw(read)}\n) 2>/dev/null </dev/null | cmp -s - ${`${home}/lasting-${index}`} || echo lasting ${index}`,
    ),
    ...compare(home, touched),
    sh`bad=0`,
    ...paths.map((path, index) => sh`if ours ${`path-${index}`}; then back ${path} || exit 1; fi`),
    ...states.map(({ back }, index) => sh`( ${raw(back)}\n) <${`${home}/state-${index}`} || bad=1`),
    ...Object.entries(sysctls).map(
      ([name, value], index) => sh`if ours ${`sysctl-${index}`}; then echo ${value} >${liveOf(name)} || bad=1; fi`,
    ),
    ...(units.length > 0 ? [sh`systemctl daemon-reload`, unitsBack(home)] : []),
    sh`[ "$bad" = 0 ]`,
  ]);
};

/**
 * Who ran before is waited for: the next control plane's turn comes when this one is there. One that was ill before
 * holds nobody up for long.
 */
const unitsBack = (home: string): Script => sh`nr=-1; while read -r unit active enabled; do
  nr=$((nr+1)); ours "unit-$nr" || continue
  case $enabled in enabled|disabled) systemctl "\${enabled%d}" --quiet "$unit" ;; esac
  case $active in active|activating|reloading) systemctl restart --no-block "$unit" || bad=1 ;; \
*) systemctl stop "$unit" ;; esac
done <${`${home}/units`}
n=0; nr=-1; while read -r unit active enabled; do
  nr=$((nr+1)); ours "unit-$nr" || continue; [ "$active" = active ] || continue
  until systemctl -q is-active "$unit" || [ "$n" -ge 60 ]; do n=$((n+1)); sleep 1; done
done <${`${home}/units`}`;
