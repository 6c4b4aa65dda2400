/** Only flags that the version has, and only where they have an effect. */
import {
  flagName,
  flagPresence,
  flagReplacement,
  flagsOf,
  proxyFieldOf,
  type FlagComponent,
} from '../../catalog/index.js';
import { type ComponentKey, componentKeys } from '../../model/components.js';
import { mistake, onKey, warning, type Check, type Finding } from '../finding.js';
import { suggest } from '../suggest.js';

export const checkFlags: Check = ({ spec, written }) =>
  Object.entries(componentKeys).flatMap(([key, component]) =>
    Object.keys(written.components?.[key as ComponentKey]?.extraArgs ?? {}).flatMap(flag => {
      const path = ['components', key, 'extraArgs', flag];
      const lacking = inVersion(component, flag, spec.kubernetes, path);
      return lacking.some(({ severity }) => severity === 'error')
        ? lacking
        : [...lacking, ...withoutEffect(component, flagName(flag), path)];
    }),
  );

const inVersion = (
  component: FlagComponent,
  flag: string,
  kubernetes: string,
  path: readonly string[],
): readonly Finding[] => {
  const name = flagName(flag);
  const whose = component === 'etcd' ? `the etcd of Kubernetes ${kubernetes}` : `${component} ${kubernetes}`;
  const replacement = flagReplacement(component, flag, kubernetes);
  switch (flagPresence(component, flag, kubernetes)) {
    case 'yes':
      return [];
    case 'unsure':
      return [onKey(warning('flag-unsure', path, `${whose} may not have --${name}`, replacement))];
    case 'no':
      return [onKey(mistake('flag-not-in-version', path, `${whose} has no --${name}`, replacement))];
    case 'unheard': {
      const better = suggest(
        name,
        flagsOf(component).filter(one => flagPresence(component, one, kubernetes) === 'yes'),
      );
      return [
        onKey(
          mistake(
            'unknown-flag',
            path,
            `${component} has no --${name}`,
            better ? `did you mean '${better}'?` : 'no version from 1.20 to 1.37 lists it',
          ),
        ),
      ];
    }
  }
};

/**
 * Where the cluster's state lives, and who its members are: the hosts and roles of the file say it, and reset, backup
 * and the guards of etcd rely on it.
 */
const ofKubewizard = new Set([
  'name',
  'data-dir',
  'initial-cluster',
  'initial-cluster-state',
  'initial-advertise-peer-urls',
  'listen-peer-urls',
  'advertise-client-urls',
  'force-new-cluster',
  'config-file',
  'discovery',
  'discovery-srv',
  'discovery-endpoints',
  'discovery-token',
  'proxy',
]);

export const isOfKubewizard = (flagOfEtcd: string): boolean => ofKubewizard.has(flagOfEtcd);

function withoutEffect(component: FlagComponent, name: string, path: readonly string[]): readonly Finding[] {
  if (component === 'etcd' && isOfKubewizard(name))
    return [
      onKey(
        mistake(
          'flag-of-kubewizard',
          path,
          `--${name} of etcd is Kubewizard's to say: it follows from the hosts and their roles`,
          'leave it out',
        ),
      ),
    ];
  const field = component === 'kube-proxy' ? proxyFieldOf(name) : undefined;
  return field === undefined
    ? []
    : [
        onKey(
          mistake(
            'flag-without-effect',
            path,
            `kube-proxy takes no notice of --${name} beside its configuration file`,
            `write the field: components.proxy.config: ${inYaml(field)}`,
          ),
        ),
      ];
}

/** `conntrack.min` → `{conntrack: {min: …}}` */
const inYaml = (field: string): string => field.split('.').reduceRight((inner, part) => `{${part}: ${inner}}`, '…');
