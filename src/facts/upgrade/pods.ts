/** Pods as a drain meets them: who owns them, what they hold, how much room they ask for. */
import { z } from 'zod';
import { list, metadata } from './list.js';

export interface PodSeen {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
  readonly phase: string;
  readonly ready: boolean;
  /** Kind of its controller: `ReplicaSet`, `DaemonSet`, `Node` (static pod). Absent: it has none. */
  readonly owner?: string;
  readonly requests: Room;
  /** Kinds of its volumes, `emptyDir` among them; of a claim its name as `claim:NAME`. */
  readonly volumes: readonly string[];
  readonly images: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly {
    readonly key?: string | undefined;
    readonly operator?: string | undefined;
    readonly value?: string | undefined;
    readonly effect?: string | undefined;
  }[];
  /** Keys of its annotations. */
  readonly annotations: readonly string[];
  readonly uid?: string;
  /** Since when it is being deleted, and how many seconds it has to end. */
  readonly deleting?: string;
  readonly graceSeconds?: number;
  readonly finalizers: readonly string[];
  /** Why it is not ready, as far as it says: `Unschedulable: 0/5 nodes are available`, `CrashLoopBackOff`. */
  readonly waits?: string;
}

/** Millicores and bytes. */
export interface Room {
  readonly cpu: number;
  readonly memory: number;
}

export const pods = list<PodSeen>('pods', '/api/v1/pods', item => {
  const { metadata: one, spec, status } = shape.parse(item);
  const owner = (one.ownerReferences ?? []).find(each => each.controller) ?? one.ownerReferences?.[0];
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  return {
    name: one.name,
    namespace: one.namespace ?? '',
    labels: one.labels ?? {},
    node: spec.nodeName ?? '',
    phase: status?.phase ?? 'Unknown',
    ready: (status?.conditions ?? []).some(each => each.type === 'Ready' && each.status === 'True'),
    ...(owner && { owner: owner.kind }),
    requests: roomOf(spec),
    volumes: (spec.volumes ?? []).map(volumeOf),
    images: containers.flatMap(each => each.image ?? []),
    nodeSelector: spec.nodeSelector ?? {},
    tolerations: spec.tolerations ?? [],
    annotations: Object.keys(one.annotations ?? {}),
    ...(one.uid ? { uid: one.uid } : {}),
    ...(one.deletionTimestamp ? { deleting: one.deletionTimestamp } : {}),
    ...(typeof one.deletionGracePeriodSeconds === 'number' ? { graceSeconds: one.deletionGracePeriodSeconds } : {}),
    finalizers: one.finalizers ?? [],
    ...waitsIn(status),
  };
});

const container = z.object({
  image: z.string().nullish(),
  resources: z.object({ requests: z.record(z.string(), z.union([z.string(), z.number()])).nullish() }).nullish(),
});
const specShape = z.object({
  nodeName: z.string().nullish(),
  containers: z.array(container),
  initContainers: z.array(container).nullish(),
  overhead: z.record(z.string(), z.union([z.string(), z.number()])).nullish(),
  volumes: z.array(z.looseObject({ name: z.string() })).nullish(),
  nodeSelector: z.record(z.string(), z.string()).nullish(),
  tolerations: z
    .array(
      z.object({
        key: z.string().optional(),
        operator: z.string().optional(),
        value: z.string().optional(),
        effect: z.string().optional(),
      }),
    )
    .nullish(),
});
const shape = z.object({
  metadata: metadata.extend({
    ownerReferences: z.array(z.object({ kind: z.string(), controller: z.boolean().nullish() })).nullish(),
    uid: z.string().nullish(),
    deletionTimestamp: z.string().nullish(),
    deletionGracePeriodSeconds: z.number().nullish(),
    finalizers: z.array(z.string()).nullish(),
  }),
  spec: specShape,
  status: z
    .object({
      phase: z.string().nullish(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().nullish(),
            message: z.string().nullish(),
          }),
        )
        .nullish(),
      containerStatuses: z
        .array(
          z.object({
            state: z.object({ waiting: z.object({ reason: z.string().nullish() }).nullish() }).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

const waitsIn = (status: z.infer<typeof shape>['status']): Pick<PodSeen, 'waits'> => {
  const placed = status?.conditions?.find(each => each.type === 'PodScheduled' && each.status !== 'True');
  const reason = status?.containerStatuses?.map(each => each.state?.waiting?.reason).find(each => each);
  const waits = placed ? [placed.reason, placed.message].filter(Boolean).join(': ').slice(0, 300) : reason;
  return waits ? { waits } : {};
};

const volumeOf = (volume: Readonly<Record<string, unknown>>): string => {
  const claim = z.object({ claimName: z.string() }).safeParse(volume.persistentVolumeClaim);
  return claim.success ? `claim:${claim.data.claimName}` : (Object.keys(volume).find(key => key !== 'name') ?? '');
};

/** As the scheduler counts: the sum of the containers, or the largest init container, and the overhead. */
const roomOf = ({ containers, initContainers, overhead }: z.infer<typeof specShape>): Room => {
  const of = (name: 'cpu' | 'memory'): number => {
    const asks = (one: z.infer<typeof container>): number => quantity(one.resources?.requests?.[name]);
    const sum = containers.reduce((all, one) => all + asks(one), 0);
    return Math.max(sum, ...(initContainers ?? []).map(asks)) + quantity(overhead?.[name]);
  };
  return { cpu: Math.round(of('cpu') * 1000), memory: of('memory') };
};

const factors: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** `100m` → 0.1; `1Gi` → 1073741824. Throws on what is no quantity. */
export const quantity = (text: string | number | undefined): number => {
  if (text === undefined) return 0;
  const [, digits, exponent, unit = ''] =
    /^([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(String(text)) ?? [];
  const factor = factors[unit];
  const value = Number(`${digits}${exponent ?? ''}`);
  if (digits === undefined || factor === undefined || !Number.isFinite(value)) throw new RangeError('no quantity');
  return value * factor;
};
