import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFINITIONS } from '../definitions.js';
import { DASHBOARDS } from './dashboards.js';
import { renderDashboard } from './render.js';

const folder = new URL('../../../deploy/grafana/dashboards/', import.meta.url);

it('dashboards are provisioned as they are defined, and no other', () => {
  for (const dashboard of DASHBOARDS) {
    const file = readFileSync(new URL(`${dashboard.uid}.json`, folder), 'utf8');
    expect(file, 'write them anew: node scripts/docs.mjs').toBe(renderDashboard(dashboard));
  }
  expect(readdirSync(folder).sort()).toEqual(DASHBOARDS.map(({ uid }) => `${uid}.json`).sort());
});

it('every metric of ours is on a dashboard or in an alert, and none is asked for that is not told', () => {
  const names = Object.values(DEFINITIONS).map(({ name }): string => name);
  const queries = DASHBOARDS.flatMap(({ choices, panels }) => [
    ...choices.map(({ query }) => query),
    ...panels.flatMap((panel) => panel.queries.map(({ expr }) => expr)),
  ]);
  const alerts = readFileSync(new URL('../../prometheus/fleetlift.recording.yml', folder), 'utf8');
  const asked = (text: string): string[] =>
    [...text.matchAll(/\bfleetlift_\w+?(?=(_bucket)?(?!\w))/g)].map(([name]) => name);
  const shown = new Set(queries.flatMap(asked));
  expect([...shown].filter((name) => !names.includes(name))).toEqual([]);
  const known = new Set([...shown, ...asked(alerts)]);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

it('no two panels lie upon each other, and each has an address of its own', () => {
  interface Placed {
    readonly id: number;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }
  for (const dashboard of DASHBOARDS) {
    const { panels } = JSON.parse(renderDashboard(dashboard)) as { panels: Placed[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const [at, { gridPos: a }] of panels.entries()) {
      expect(a.x + a.w).toBeLessThanOrEqual(24);
      for (const { gridPos: b } of panels.slice(at + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect(apart, dashboard.uid).toBe(true);
      }
    }
  }
});
