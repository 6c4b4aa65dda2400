/** Objects of the API as a therapy wants them. */
import { clusterHost, type Resource, type ResourceId } from '../../model/resource.js';
import type { ObjectWant, Wants } from '../../resources/wants.js';

interface Place {
  readonly because: string;
  readonly after?: readonly ResourceId[];
  readonly exact?: readonly string[];
  readonly create?: boolean;
}

/** Only the fields of `body` are wanted; lists named in `exact` have no other entries. */
export const object = (
  path: string,
  body: ObjectWant['body'],
  { because, after = [], exact = [], create = true }: Place,
): Resource<'object', Wants['object']> => ({
  kind: 'object',
  host: clusterHost,
  key: path,
  want: { body, exact, create },
  stage: 'addons',
  after,
  because,
});

export const noObject = (
  path: string,
  body: ObjectWant['body'],
  { because, after = [] }: Place,
): Resource<'object', Wants['object']> => ({
  kind: 'object',
  host: clusterHost,
  key: path,
  want: { body, create: false, absent: true },
  stage: 'addons',
  after,
  because,
});
