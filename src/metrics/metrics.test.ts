import { createServer } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  addSyncBytes,
  countFailure,
  countRetry,
  endServer,
  observeStep,
  registry,
  setDataLag,
  setRelay,
  setServers,
  setSyncRate,
} from './metrics.js';
import { startMetricsServer } from './server.js';

const lines = async (name: string): Promise<string[]> =>
  (await registry.getSingleMetricAsString(name)).split('\n').filter((line) => line.startsWith(name));

describe('metrics', () => {
  it('tell servers by status, and no longer a status that none has', async () => {
    setServers('dc1', [
      { wave: 'web', status: 'Running' },
      { wave: 'web', status: 'Running' },
      { wave: 'web', status: 'Queued' },
    ]);
    setServers('dc2', [{ wave: 'all', status: 'Running' }]);
    setServers('dc1', [{ wave: 'web', status: 'Finished' }]);
    expect(await lines('fleetlift_servers')).toEqual([
      'fleetlift_servers{migration="dc2",wave="all",status="Running"} 1',
      'fleetlift_servers{migration="dc1",wave="web",status="Finished"} 1',
    ]);
  });

  it('end the series of a server with it', async () => {
    addSyncBytes('dc1', 'web1', 'wire', 100);
    addSyncBytes('dc1', 'web1', 'wire', 20);
    setSyncRate('dc1', 'web1', 'logical', 5);
    setDataLag('dc1', 'web1', 9);
    expect(await lines('fleetlift_sync_bytes_total')).toEqual([
      'fleetlift_sync_bytes_total{migration="dc1",server="web1",kind="wire"} 120',
    ]);
    endServer('dc1', 'web1');
    expect(await registry.metrics()).not.toContain('web1');
  });

  it('have the names and labels that dashboards rely on', async () => {
    observeStep('sync', 'done', 40);
    countFailure('sync', 'E-LINK-LOST');
    countRetry('sync');
    setRelay('local', 1000, 1, 4);
    const text = await registry.metrics();
    expect(text).toContain('fleetlift_step_duration_seconds_bucket{le="60",step="sync",outcome="done"} 1');
    expect(text).toContain('fleetlift_step_failures_total{step="sync",code="E-LINK-LOST"} 1');
    expect(text).toContain('fleetlift_retries_total{step="sync"} 1');
    expect(text).toContain('fleetlift_relay_free_bytes{relay="local"} 1000');
    expect(text).toContain('fleetlift_relay_slots{relay="local",state="free"} 3');
  });
});

describe('metrics server', () => {
  it('serves /metrics, with those of the SDK, and nothing else', async () => {
    const sdk = createServer((_request, response) => response.end('temporal_request_total 7\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(sdk, 'listening');
    const address = sdk.address();
    const sdkPort = typeof address === 'object' && address !== null ? address.port : 0;
    const server = await startMetricsServer({
      port: 0,
      sdkMetricsUrl: `http://127.0.0.1:${sdkPort}/metrics`,
    });
    try {
      const url = `http://127.0.0.1:${server.port}`;
      const answer = await fetch(`${url}/metrics`);
      expect(answer.headers.get('content-type')).toContain('text/plain');
      const text = await answer.text();
      expect(text).toContain('# TYPE fleetlift_servers gauge');
      expect(text).toContain('temporal_request_total 7');
      expect((await fetch(`${url}/`)).status).toBe(404);
    } finally {
      await server.close();
      sdk.close();
    }
  });
});
