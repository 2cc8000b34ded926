import { describe, expect, it } from 'vitest';
import type { MigrationResult, ServerResult } from '../model/job.js';
import { renderCsv } from './csv.js';
import { renderHtml } from './html.js';

const evil = '<script>alert("x")</script>';
const base: ServerResult = {
  name: 'web1',
  wave: 'canary',
  job: 'job/dc1/web1/1',
  status: 'Finished',
  step: 'clean-up',
  attempts: 1,
  sync: { passes: 1, logicalBytes: 2 ** 30, wireBytes: 2 ** 29, seconds: 40 },
  images: [
    {
      disk: 'system',
      relay: 'local',
      path: `/images/${evil}.qcow2`,
      format: 'qcow2',
      virtualBytes: 8 * 2 ** 30,
      fileBytes: 2 ** 30,
      sha256: 'a'.repeat(64),
    },
  ],
  verify: {
    checksum: { files: 10, differences: 0, changedMeanwhile: 1 },
    boot: [{ firmware: 'bios', booted: true, seconds: 24, screenshot: evil, log: evil }],
    commands: [{ command: evil, exitCode: 1, output: evil }],
  },
  error: null,
  findings: [{ severity: 'warning', code: 'W-CLOCK', message: evil, remedy: evil }],
  changes: [{ disk: 'system', path: `/etc/${evil}`, change: 'changed', what: evil, reason: evil }],
  remarks: [evil],
  times: [{ step: 'sync', startedAt: '2026-01-01T00:00:00Z', seconds: 40, outcome: 'done' }],
  startedAt: '2026-01-01T00:00:00Z',
  endedAt: '2026-01-01T00:05:00Z',
};
const failed: ServerResult = {
  ...base,
  name: 'web2',
  status: 'InError',
  images: [],
  verify: null,
  error: { code: 'E-LINK-LOST', step: 'sync', message: '=1+1, "quoted"', remedy: evil, retryable: true },
};
const result: MigrationResult = {
  migration: 'dc1',
  outcome: 'failed',
  seconds: 300,
  servers: [base, failed],
};

describe('HTML report', () => {
  const html = renderHtml(result, new Date(0));

  it('escapes everything that came from elsewhere', () => {
    expect(html).not.toContain('<script');
    expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10);
  });

  it('needs no other file', () => {
    expect(html).not.toMatch(/\b(src|href)="(?!#)/);
  });

  it('has the pictures in it, and is the same without those that are not here', () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);
    const shown = renderHtml(result, new Date(0), new Map([[evil, png]]));
    expect(shown).toContain(`<img src="data:image/png;base64,${png.toString('base64')}"`);
    expect(shown.replace(/<figure>.*?<\/figure>/g, '')).toBe(html);
  });

  it('of many servers opens those alone that need somebody', () => {
    const many = Array.from({ length: 500 }, (_, at) => ({ ...base, name: `web${String(at)}`, images: [] }));
    const page = renderHtml({ ...result, servers: [...many, failed] }, new Date(0));
    expect(page.match(/<details class="server" open>/g)).toHaveLength(1);
    expect(page.match(/<details class="server">/g)).toHaveLength(500);
    expect(page).toContain('<b>501</b>servers');
  });

  it('shows each attempt of a step where it lay in time', () => {
    const times: ServerResult['times'] = [
      { step: 'preflight', startedAt: '2026-01-01T00:00:00Z', seconds: 10, outcome: 'done' },
      { step: 'sync', startedAt: '2026-01-01T00:00:10Z', seconds: 30, outcome: 'failed' },
    ];
    const page = renderHtml({ ...result, servers: [{ ...base, times }] }, new Date(0));
    expect(page).toContain('<i class="done" style="left:0.00%;width:25.00%">');
    expect(page).toContain('<i class="failed" style="left:25.00%;width:75.00%">');
  });

  it('tells failures first, with code and remedy', () => {
    expect(html.indexOf('id="server-web2"')).toBeLessThan(html.indexOf('id="server-web1"'));
    expect(html).toContain('E-LINK-LOST at sync');
  });
});

describe('CSV report', () => {
  it('has a row per server, quotes, and no formula', () => {
    expect(renderCsv(result)).toMatchInlineSnapshot(`
      "server,wave,job,status,step,attempts,started,ended,passes,logical_bytes,wire_bytes,sync_seconds,checksum_files,checksum_differences,bios_boot,uefi_boot,images,sha256,error,message
      web1,canary,job/dc1/web1/1,Finished,clean-up,1,2026-01-01T00:00:00Z,2026-01-01T00:05:00Z,1,1073741824,536870912,40,10,0,booted,,"/images/<script>alert(""x"")</script>.qcow2",aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,,
      web2,canary,job/dc1/web1/1,InError,clean-up,1,2026-01-01T00:00:00Z,2026-01-01T00:05:00Z,1,1073741824,536870912,40,,,,,,,E-LINK-LOST,"'=1+1, ""quoted"""
      "
    `);
  });
});
