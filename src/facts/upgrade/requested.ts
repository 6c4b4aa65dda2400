/** Which deprecated versions were asked for since an API server started (its own metric, from 1.19 on). */
import { type Fact, NotSeen } from '../../model/fact.js';
import { answered } from './list.js';

export interface RequestedApi {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** `1.25`; '': the server does not say. */
  readonly removedRelease: string;
}

const name = 'apiserver_requested_deprecated_apis';

export const requested: Fact<readonly RequestedApi[]> = {
  id: 'requested-deprecated-apis',
  question: { ask: 'api', path: '/metrics' },
  parse: output => {
    const { status, body } = answered('requested-deprecated-apis', output);
    if (status !== 200 || typeof body !== 'string') throw new NotSeen(`GET /metrics: ${status}`);
    return body.split('\n').flatMap(line => {
      if (!line.startsWith(`${name}{`) || !/\}\s+1(\.0+)?(\s|$)/.test(line)) return [];
      const label = (key: string): string => new RegExp(`[{,]${key}="([A-Za-z0-9./-]{0,128})"`).exec(line)?.[1] ?? '';
      const one = {
        group: label('group'),
        version: label('version'),
        resource: label('resource'),
        removedRelease: label('removed_release'),
      };
      return one.resource === '' ? [] : [one];
    });
  },
};
