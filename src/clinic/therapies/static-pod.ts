/** Changes on hosts whose control plane stands in static pods: files written anew, containers that must start again. */
import type { Resource, ResourceId, Stage } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';

interface Place {
  readonly host: string;
  readonly stage?: Stage;
  readonly after?: readonly ResourceId[];
  readonly because: string;
}

type Pod = Resource<'staticPod', Wants['staticPod']>;

/**
 * The process of a static pod shall run, and be younger than every file that it reads: where it is not, it is ended.
 */
export const restartedPod = (program: string, reads: readonly string[], place: Place): Pod =>
  pod(program, { reads, end: true }, place);

/**
 * After an edit of its manifest the kubelet itself replaces the pod; the therapy is not over before the new process
 * runs.
 */
export const replacedPod = (program: string, manifest: string, place: Place): Pod =>
  pod(program, { reads: [manifest] }, place);

const pod = (
  program: string,
  want: Wants['staticPod'],
  { host, stage = 'control-plane', after = [], because }: Place,
): Pod => ({ kind: 'staticPod', host, key: program, want, stage, after, because });
