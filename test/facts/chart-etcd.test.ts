import { expect, test } from 'vitest';
import { etcd } from '../../src/facts/chart/etcd.js';

const members =
  '{"header":{"cluster_id":17369219032987900350},"members":[{"ID":6404232212080167968,"name":"kw-2","peerURLs":["https://10.0.0.2:2380"],"clientURLs":["https://10.0.0.2:2379"]},{"ID":12344218390299849866,"name":"kw-1","peerURLs":["https://10.0.0.1:2380"],"clientURLs":["https://10.0.0.1:2379"]}]}';
const warning =
  '{"level":"warn","ts":"2026-11-27T14:00:22.913Z","caller":"clientv3/retry_interceptor.go:62","msg":"retrying ' +
  'of unary invoker failed","target":"passthrough:///https://10.0.0.2:2379","attempt":0,"error":"rpc error: code ' +
  '= DeadlineExceeded"}';
const failed = 'Failed to get the status of endpoint https://10.0.0.2:2379 (context deadline exceeded)';
const status =
  '[{"Endpoint":"https://10.0.0.1:2379","Status":{"header":{"cluster_id":17369219032987900350,"member_id":12344218390299849866},"version":"3.4.23","dbSize":1400832,"leader":12344218390299849866}}]';

// As etcdctl 3.4.23 said it with one member down: its log is JSON too, and comes first.
test('what etcdctl logs of a member that is down hides nothing of those that answer', () => {
  const seen = etcd.parse(
    '#endpoint ' +
      `https://10.0.0.1:2379\n#members\n${warning}\n${members}\n#status\n${warning}\n${failed}\n${status}\n#alarms\n${warning}\n{"header":{}}\n#end\n`,
    { sentAt: 0, answeredAt: 0 },
  );
  expect(seen.members.map(one => one.name)).toEqual(['kw-2', 'kw-1']);
  expect(seen.status).toEqual([
    { endpoint: 'https://10.0.0.2:2379', error: failed },
    {
      endpoint: 'https://10.0.0.1:2379',
      memberId: 'ab4f793937aab48a',
      clusterId: 'f10bdcaf373299be',
      leader: 'ab4f793937aab48a',
      dbSize: 1400832,
      version: '3.4.23',
    },
  ]);
});
