/** What pods of all addons that others rely on are told: where they go, and that they go before other pods. */

/** Names and figures must be found, too, while a control plane is away or busy. */
const awayFromControlPlanes = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    {
      weight: 50,
      preference: {
        matchExpressions: ['master', 'control-plane'].map(role => ({
          key: `node-role.kubernetes.io/${role}`,
          operator: 'DoesNotExist',
        })),
      },
    },
  ],
};

export const addonPod = (labels: Readonly<Record<string, string>>) => ({
  priorityClassName: 'system-cluster-critical',
  tolerations: [
    { key: 'CriticalAddonsOnly', operator: 'Exists' },
    ...['node-role.kubernetes.io/master', 'node-role.kubernetes.io/control-plane'].map(key => ({
      key,
      operator: 'Exists',
      effect: 'NoSchedule',
    })),
  ],
  affinity: {
    nodeAffinity: awayFromControlPlanes,
    // Wished for alone, both come onto the host that is ready first, and stay there when others join.
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  },
});
