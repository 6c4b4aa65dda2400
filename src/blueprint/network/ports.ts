/** The ports of Kubernetes (kubernetes.io/docs/reference/networking/ports-and-protocols). */
export const apiserverPort = 6443;
export const etcdClientPort = 2379;
export const etcdPeerPort = 2380;
export const kubeletPort = 10250;
