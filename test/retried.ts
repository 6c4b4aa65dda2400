/** A test that failed and is run once more (vitest.config.ts, in CI) says so loudly: it is not reliable. */
import { afterEach } from 'vitest';

afterEach(({ task }) => {
  if ((task.result?.retryCount ?? 0) > 0)
    process.stdout.write(
      `!!! ${task.file.name}: ${task.name} FAILED ONCE AND IS RUN ONCE MORE: it is not ` +
        `reliable\n${task.result?.errors?.[0]?.message ?? ''}\n`,
    );
});
