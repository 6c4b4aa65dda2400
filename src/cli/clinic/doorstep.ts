/** How hosts are called whose cluster has no file here: their keys are remembered in one place, and a person is asked about one at a time. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectOptions } from '../../transport/connection.js';
import { fromSurroundings } from '../../transport/environment.js';
import { trustingByPerson } from '../cluster/open.js';

export const atDoorstep = (): ConnectOptions => ({
  ...fromSurroundings({ env: process.env, home: homedir(), clusterDirectory: join(homedir(), '.kubewizard') }),
  ...trustingByPerson(),
});
