/** What a therapy is about to change, kept beside it on the host, so that it can be taken back without a desk that remembers. */
import type { Plan, Step } from '../../model/plan.js';
import { sh } from '../../shell/quote.js';

/** One host's part of a therapy. */
export interface Touched {
  readonly host: string;
  /** Files that may be written, made or removed. */
  readonly paths: readonly string[];
  readonly units: readonly string[];
  /** `net.ipv4.ip_forward` → its value before. */
  readonly sysctls: Readonly<Record<string, string>>;
}

/** Outside every folder that somebody watches: a copy in the manifests' folder is an illness of its own. */
const onHosts = '/var/lib/kubewizard/heal';

export function touchedBy(plan: Plan): readonly Touched[] {
  const hosts = new Map<string, Step[]>();
  for (const step of plan.steps) if (step.question.ask === 'host') hosts.set(step.host, [...hosts.get(step.host) ?? [], step]);
  return [...hosts].map(([host, steps]) => ({
    host,
    paths: [...new Set(steps.flatMap(pathsOf))],
    units: steps.filter(step => step.kind === 'service').map(step => step.key),
    sysctls: Object.fromEntries(steps.filter(step => step.kind === 'sysctl').map(step => [step.key, String(step.changes[0]?.from ?? '')])),
  }));
}

const kindsOfPaths = new Set(['file', 'directory', 'artifact', 'certificate', 'kubeconfig']);

function pathsOf(step: Step): readonly string[] {
  const written = step.actions.flatMap(action => {
    if (action.do === 'put' || action.do === 'fetch') return [action.path];
    if (action.do !== 'issue') return [];
    return action.to.as === 'pem' ? [action.to.cert, action.to.key] : [action.to.path];
  });
  return kindsOfPaths.has(step.kind) ? [step.key, ...written] : written;
}

/**
 * Copies what is there, and notes what is not. A second call of the same run keeps the first copy: after a therapy that
 * was cut off the files are no longer those of before.
 */
export const keepScript = (run: string, { paths, units }: Touched, keeps = onHosts): string => {
  const home = `${keeps}/${run}`;
  return [
    sh`[ -e ${`${home}/whole`} ] && exit 0`,
    sh`umask 077; rm -rf ${home}; mkdir -p ${`${home}/files`} || exit 1`,
    ...paths.map(path => sh`if [ -e ${path} ] || [ -L ${path} ]; then mkdir -p ${`${home}/files${folderOf(path)}`} && cp -a ${path} ${`${home}/files${path}`} || exit 1; else echo ${path} >>${`${home}/absent`}; fi`),
    ...units.map(unit => sh`echo ${unit} "$(systemctl show -p ActiveState --value ${unit})" "$(systemctl is-enabled ${unit} 2>/dev/null)" >>${`${home}/units`}`),
    sh`sync; : >${`${home}/whole`}`,
  ].join('\n');
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Everything as it was kept; then the units that the therapy started, stopped or restarted, each to its state of before. */
export const takeBackScript = (run: string, { units, sysctls }: Touched, keeps = onHosts): string => {
  const home = `${keeps}/${run}`;
  return [
    sh`[ -e ${`${home}/whole`} ] || { echo ${`nothing was kept in ${home}`} >&2; exit 1; }`,
    sh`if [ -e ${`${home}/absent`} ]; then while IFS= read -r path; do rm -rf "$path"; done <${`${home}/absent`}; fi`,
    // A file is renamed into its place: nobody reads half of it.
    sh`cd ${`${home}/files`} && find . ! -type d | while IFS= read -r file; do mkdir -p "/\${file%/*}" && cp -a "$file" "/$file.kw-part" && mv -T "/$file.kw-part" "/$file" || exit 1; done`,
    ...Object.entries(sysctls).map(([name, value]) => sh`echo ${value} >${`/proc/sys/${name.replaceAll('.', '/')}`}`),
    ...units.length > 0 ? ['systemctl daemon-reload', sh`while read -r unit active enabled; do
  case $enabled in enabled|disabled) systemctl "\${enabled%d}" --quiet "$unit" ;; esac
  case $active in active|activating|reloading) systemctl restart --no-block "$unit" ;; *) systemctl stop "$unit" ;; esac
done <${`${home}/units`}`] : [],
    'true',
  ].join('\n');
};
