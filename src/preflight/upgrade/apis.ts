/** API versions that the target no longer serves, and who still writes or asks for them. */
import { apisRemovedBetween, apiVersionOf, minorOf, type RemovedApi, removedApis } from '../../catalog/index.js';
import type { HelmRelease } from '../../facts/upgrade/helm.js';
import { inWords } from '../../facts/upgrade/list.js';
import type { Written } from '../../facts/upgrade/written.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import { found, grouped, type Hit, hit, type Rule, type Upgrade, type UpgradeFinding } from './finding.js';

export const apiRule: Rule = (upgrade, reader) => {
  const removed = apisRemovedBetween(upgrade.from, upgrade.to);
  const objects = upgrade.seen.written.flatMap(one => reader.read(one) ?? []);
  return [
    ...withoutHeir(removed, objects),
    ...lastWritten(removed, objects),
    ...requested(upgrade, reader),
    ...helm(upgrade, reader),
    ...stored(upgrade, reader),
  ];
};

const withoutHeir = (removed: readonly RemovedApi[], objects: readonly Written[]): readonly UpgradeFinding[] =>
  removed
    .filter(one => one.instead === undefined)
    .flatMap(one =>
      found(
        'api-without-heir',
        'blocker',
        objects.filter(each => each.kind === one.kind).map(each => hit('object', inWords(each))),
        {
          into: one.gone,
          why: `${one.kind} is gone in ${one.gone} and nothing follows it: what is there stays in etcd, unseen.`,
          next: `Replace what it does, then delete every ${one.kind} before the upgrade.`,
        },
      ),
    );

/** Kubernetes' own parts and kw are upgraded along, and write the newer version then. */
const ownWriters =
  /^(kube-(apiserver|controller-manager|scheduler|proxy)|kubelet|kubewizard|kw|Go-http-client)$|^api-priority-/;

const lastWritten = (removed: readonly RemovedApi[], objects: readonly Written[]): readonly UpgradeFinding[] =>
  removed
    .filter(one => one.instead !== undefined)
    .flatMap(one => {
      const hits = objects
        .filter(each => each.kind === one.kind)
        .flatMap((each): readonly Hit[] => {
          const writers = each.by.filter(
            ({ apiVersion, manager }) => apiVersion === apiVersionOf(one) && !ownWriters.test(manager),
          );
          return writers.length === 0
            ? []
            : [hit('object', inWords(each), `written by ${[...new Set(writers.map(by => by.manager))].join(', ')}`)];
        });
      return found('api-removed', 'warning', hits, {
        into: one.gone,
        why:
          `They were written as ${apiVersionOf(one)}, which ${one.gone} does not serve. They stay; their writers ` +
          'fail.',
        next: `Let their writers use ${one.instead?.apiVersion} (there since ${one.instead?.since}).`,
      });
    });

/** Without an heir the objects tell, and looking for them is a request by itself. */
const requested = ({ seen, from, to }: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] => {
  const asked = seen.requested.flatMap(one =>
    (reader.read(one) ?? [])
      .filter(each => removedWithin(each.removedRelease, from, to))
      .filter(each => !removedApis.some(api => api.plural === each.resource && api.instead === undefined))
      .map(each => ({ ...each, server: one.host })),
  );
  return [...grouped(asked, one => `${one.group}/${one.version}/${one.resource}`).values()].flatMap(group => {
    const [first] = group;
    return first === undefined
      ? []
      : found(
          'api-requested',
          'warning',
          group.map(one => hit('client', `${one.resource} as ${one.group}/${one.version}`, `asked of ${one.server}`)),
          {
            into: first.removedRelease,
            why: `Somebody asked for ${first.group}/${first.version} ${first.resource} since the API server started.`,
            next: 'Find the client in the audit log (annotation k8s.io/deprecated), and update it.',
          },
        );
  });
};

const removedWithin = (release: string, from: string, to: string): boolean => {
  const minor = Number(/^1\.(\d+)$/.exec(release)?.[1]);
  return minor > minorOf(from) && minor <= minorOf(to);
};

/** Whatever a release holds that the target does not serve, however long it has been gone: Helm reads it again. */
const helm = ({ seen, to }: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] => {
  const gone = removedApis.filter(one => Number(one.gone.slice(2)) <= minorOf(to));
  const releases = reader.read(seen.helm) ?? [];
  for (const one of releases)
    if (one.objects === undefined)
      reader.note('cluster', `Helm release ${one.namespace}/${one.name}`, 'its record could not be read', 'unreadable');
  const hits = releases.flatMap((one): readonly Hit[] => {
    const old = oldIn(one, gone);
    return old.length === 0 ? [] : [hit('object', `Helm release ${one.namespace}/${one.name}`, old.join(', '))];
  });
  return found('helm-release', 'blocker', hits, {
    why: `The next helm upgrade fails: "no matches for kind", since ${to} does not serve what the record names.`,
    next: 'Upgrade the charts before, or rewrite the records with the Helm plugin mapkubeapis.',
  });
};

const oldIn = ({ objects = [] }: HelmRelease, gone: readonly RemovedApi[]): readonly string[] =>
  objects
    .filter(each => gone.some(api => api.kind === each.kind && apiVersionOf(api) === each.apiVersion))
    .map(each => `${each.apiVersion} ${each.kind}${each.name === '' ? '' : ` ${each.name}`}`);

const stored = ({ seen }: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] =>
  found(
    'stored-version',
    'warning',
    (reader.read(seen.customResources) ?? []).flatMap((one): readonly Hit[] => {
      const dark = one.stored.filter(version => !one.served.includes(version));
      return dark.length === 0
        ? []
        : [hit('object', `CustomResourceDefinition ${one.name}`, `stored as ${dark.join(', ')}`)];
    }),
    {
      why: 'Objects may still be stored in a version that the definition no longer serves: an update of it is refused.',
      next: 'Write every object of it once more, then take the old version out of status.storedVersions.',
    },
  );
