/** A version the catalog knows and the source has, and only flags and fields that it has. */
import { debianVersion, flagName, flagPresence, flagReplacement, flagsOf, hasKubeletField, kubeletFieldSince, parseVersion, release, releases, type FlagComponent } from '../../catalog/index.js';
import { mistake, onKey, warning, type Check, type Checkable, type Finding } from '../finding.js';
import { suggest } from '../suggest.js';

export const checkVersion: Check = input => {
  if (input.broken('kubernetes')) return [];
  const problem = version(input);
  return problem ? [problem] : [...flags(input), ...fields(input)];
};

const version = ({ spec, written }: Checkable): Finding | undefined => {
  const { kubernetes: wanted } = spec;
  const path = ['kubernetes'];
  const [oldest, newest] = [releases[0], releases.at(-1)];
  const minor = releases.find(one => one.minor === wanted);
  if (!parseVersion(wanted)) return mistake('inexact-version', path, `'${written.kubernetes}' is no exact version`, `write ${minor?.latestPatchKnown ?? newest?.latestPatchKnown}`);
  if (!release(wanted)) return mistake('unknown-version', path, `Kubernetes ${wanted} is not in the catalog`, `it knows ${oldest?.minor} to ${newest?.minor}`);
  if (spec.artifacts.source === 'debian' && wanted !== debianVersion)
    return mistake('version-not-in-source', path, `Debian's source package has Kubernetes ${debianVersion} alone, not ${wanted}`, 'choose another artifacts.source, or leave the version out');
  return undefined;
};

const components = { apiserver: 'kube-apiserver', controllerManager: 'kube-controller-manager', scheduler: 'kube-scheduler', kubelet: 'kubelet', proxy: 'kube-proxy' } as const;

const flags: Check = ({ spec, written }) =>
  Object.entries(components).flatMap(([key, component]) =>
    Object.keys(written.components?.[key as keyof typeof components]?.extraArgs ?? {}).flatMap(flag =>
      flagFindings(component, flag, spec.kubernetes, ['components', key, 'extraArgs', flag])));

const flagFindings = (component: FlagComponent, flag: string, kubernetes: string, path: readonly string[]): readonly Finding[] => {
  const name = flagName(flag);
  const replacement = flagReplacement(component, flag, kubernetes);
  switch (flagPresence(component, flag, kubernetes)) {
    case 'yes': return [];
    case 'unsure': return [onKey(warning('flag-unsure', path, `${component} ${kubernetes} may not have --${name}`, replacement))];
    case 'no': return [onKey(mistake('flag-not-in-version', path, `${component} ${kubernetes} has no --${name}`, replacement))];
    case 'unheard': {
      const better = suggest(name, flagsOf(component).filter(one => flagPresence(component, one, kubernetes) === 'yes'));
      return [onKey(mistake('unknown-flag', path, `${component} has no --${name}`, better ? `did you mean '${better}'?` : 'no version from 1.20 to 1.36 lists it'))];
    }
  }
};

const fields: Check = ({ spec }) => Object.keys(spec.components.kubelet.config)
  .filter(field => !hasKubeletField(field, spec.kubernetes))
  .map(field => onKey(mistake('field-not-in-version', ['components', 'kubelet', 'config', field], `the kubelet of ${spec.kubernetes} has no field ${field}`, `it comes with ${kubeletFieldSince(field)}`)));
